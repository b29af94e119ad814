// Requests, for `app.request(path, json({ … }))`.

/** A request with a JSON body: POST, unless told. */
export function json(body: unknown, method = "POST"): RequestInit {
  return { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}
