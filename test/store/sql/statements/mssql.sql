-- All that this store says to its server, verb by verb; `vitest -u` writes it anew.

-- ===== setup
(connect);
SELECT name AS name FROM sys.columns WHERE object_id = OBJECT_ID(@p1);
-- ["wheels_jobs"]
CREATE TABLE wheels_jobs (
  seq BIGINT IDENTITY(1, 1) NOT NULL UNIQUE CLUSTERED,
  id NVARCHAR(37) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY NONCLUSTERED,
  jobClass NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  queue NVARCHAR(101) COLLATE Latin1_General_100_BIN2 DEFAULT 'default' NOT NULL,
  data NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL,
  priority INT DEFAULT 0 NOT NULL,
  status NVARCHAR(21) COLLATE Latin1_General_100_BIN2 DEFAULT 'pending' NOT NULL,
  attempts INT DEFAULT 0 NOT NULL,
  maxRetries INT DEFAULT 3 NOT NULL,
  lastError NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL,
  runAt DATETIME2(3) NOT NULL,
  completedAt DATETIME2(3) NULL,
  failedAt DATETIME2(3) NULL,
  createdAt DATETIME2(3) NOT NULL,
  updatedAt DATETIME2(3) NOT NULL,
  startedAt DATETIME2(3) NULL,
  timeout FLOAT NULL,
  lockedBy NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NULL,
  lockedUntil DATETIME2(3) NULL,
  lockToken BIGINT DEFAULT 0 NOT NULL,
  uniqueKey NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NULL,
  uniqueWhile NVARCHAR(8) COLLATE Latin1_General_100_BIN2 DEFAULT 'live' NOT NULL,
  liveKey NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NULL,
  progress NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL,
  carried NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL
);
CREATE INDEX wheels_jobs_due ON wheels_jobs (priority, runAt, seq) WHERE status = 'pending';
CREATE INDEX wheels_jobs_queue ON wheels_jobs (queue, priority, runAt, seq) WHERE status = 'pending';
CREATE INDEX wheels_jobs_leases ON wheels_jobs (lockedUntil, seq) WHERE status = 'processing';
CREATE UNIQUE INDEX wheels_jobs_live_key ON wheels_jobs (liveKey) WHERE liveKey IS NOT NULL;

-- ===== insert one
(begin, isolation level 2);
INSERT INTO wheels_jobs (id, jobClass, queue, data, priority, status, attempts, maxRetries, runAt, createdAt, updatedAt, timeout, uniqueKey, uniqueWhile, liveKey, carried) VALUES (@p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10, @p11, @p12, @p13, @p14, @p15, @p16); SELECT @@ROWCOUNT AS changes, CAST(SCOPE_IDENTITY() AS BIGINT) AS seq;
-- ["one","SendEmailJob","default","{}",0,"pending",0,3,"2030-01-01T00:00:04.321","2030-01-01T00:00:00.000","2030-01-01T00:00:00.000",300,"import","live","import",null]
(commit);

-- ===== insert a list
(begin, isolation level 2);
INSERT INTO wheels_jobs (id, jobClass, queue, data, priority, status, attempts, maxRetries, runAt, createdAt, updatedAt, timeout, uniqueKey, uniqueWhile, liveKey, carried) VALUES (@p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10, @p11, @p12, @p13, @p14, @p15, @p16), (@p17, @p18, @p19, @p20, @p21, @p22, @p23, @p24, @p25, @p26, @p27, @p28, @p29, @p30, @p31, @p32), (@p33, @p34, @p35, @p36, @p37, @p38, @p39, @p40, @p41, @p42, @p43, @p44, @p45, @p46, @p47, @p48); SELECT @@ROWCOUNT AS changes, CAST(SCOPE_IDENTITY() AS BIGINT) AS seq;
-- ["made-1","SendEmailJob","default","{}",0,"pending",0,3,"2030-01-01T00:00:00.000","2030-01-01T00:00:00.000","2030-01-01T00:00:00.000",300,null,"live",null,null,"made-2","SendEmailJob","default","{}",0,"pending",0,3,"2030-01-01T00:00:00.000","2030-01-01T00:00:00.000","2030-01-01T00:00:00.000",300,null,"live",null,null,"made-3","SendEmailJob","default","{}",0,"pending",0,3,"2030-01-01T00:00:00.000","2030-01-01T00:00:00.000","2030-01-01T00:00:00.000",300,null,"live",null,null]
SELECT id AS id, seq AS seq FROM wheels_jobs WHERE id IN (@p1, @p2, @p3);
-- ["made-1","made-2","made-3"]
(commit);

-- ===== insert a list in the app's transaction
SAVE TRANSACTION wheelwright;
INSERT INTO wheels_jobs (id, jobClass, queue, data, priority, status, attempts, maxRetries, runAt, createdAt, updatedAt, timeout, uniqueKey, uniqueWhile, liveKey, carried) VALUES (@p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10, @p11, @p12, @p13, @p14, @p15, @p16); SELECT @@ROWCOUNT AS changes, CAST(SCOPE_IDENTITY() AS BIGINT) AS seq;
-- ["one","SendEmailJob","default","{}",0,"pending",0,3,"2030-01-01T00:00:00.000","2030-01-01T00:00:00.000","2030-01-01T00:00:00.000",300,null,"live",null,null]
INSERT INTO wheels_jobs (id, jobClass, queue, data, priority, status, attempts, maxRetries, runAt, createdAt, updatedAt, timeout, uniqueKey, uniqueWhile, liveKey, carried) VALUES (@p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10, @p11, @p12, @p13, @p14, @p15, @p16); SELECT @@ROWCOUNT AS changes, CAST(SCOPE_IDENTITY() AS BIGINT) AS seq;
-- ["two","SendEmailJob","default","{}",0,"pending",0,3,"2030-01-01T00:00:00.000","2030-01-01T00:00:00.000","2030-01-01T00:00:00.000",300,null,"live",null,null]

-- ===== due
SELECT priority AS priority FROM wheels_jobs WHERE status = 'pending' AND queue = @p1 ORDER BY priority DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
-- ["mail"]
SELECT priority AS priority FROM wheels_jobs WHERE status = 'pending' AND queue = @p1 ORDER BY priority DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
-- ["urgent ␠"]
SELECT seq AS seq, id AS id, jobClass AS jobclass, queue AS queue, data AS data, priority AS priority, status AS status, attempts AS attempts, maxRetries AS maxretries, lastError AS lasterror, DATEDIFF_BIG(millisecond, '19700101', runAt) AS runat, DATEDIFF_BIG(millisecond, '19700101', completedAt) AS completedat, DATEDIFF_BIG(millisecond, '19700101', failedAt) AS failedat, DATEDIFF_BIG(millisecond, '19700101', createdAt) AS createdat, DATEDIFF_BIG(millisecond, '19700101', updatedAt) AS updatedat, DATEDIFF_BIG(millisecond, '19700101', startedAt) AS startedat, timeout AS timeout, lockedBy AS lockedby, DATEDIFF_BIG(millisecond, '19700101', lockedUntil) AS lockeduntil, lockToken AS locktoken, uniqueKey AS uniquekey, progress AS progress, carried AS carried FROM wheels_jobs t WHERE status = 'pending' AND queue = @p1 AND priority = @p2 AND runAt <= @p3 ORDER BY t.runAt, t.seq OFFSET 0 ROWS FETCH NEXT 10 ROWS ONLY;
-- ["mail",0,"2030-01-01T00:00:00.000"]
SELECT (a whole row, as above) FROM wheels_jobs t WHERE status = 'pending' AND queue = @p1 AND priority = @p2 AND runAt <= @p3 ORDER BY t.runAt, t.seq OFFSET 0 ROWS FETCH NEXT 10 ROWS ONLY;
-- ["urgent ␠",0,"2030-01-01T00:00:00.000"]
SELECT priority AS priority FROM wheels_jobs WHERE status = 'pending' AND queue = @p1 AND priority < @p2 ORDER BY priority DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
-- ["mail",0]
SELECT priority AS priority FROM wheels_jobs WHERE status = 'pending' AND queue = @p1 AND priority < @p2 ORDER BY priority DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
-- ["urgent ␠",0]

-- ===== claim
SELECT priority AS priority FROM wheels_jobs WHERE status = 'pending' ORDER BY priority DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
SELECT (a whole row, as above) FROM wheels_jobs t WHERE status = 'pending' AND priority = @p1 AND runAt <= @p2 ORDER BY t.runAt, t.seq OFFSET 0 ROWS FETCH NEXT 2 ROWS ONLY;
-- [0,"2030-01-01T00:00:00.000"]
UPDATE wheels_jobs SET status = 'processing', attempts = attempts + 1, startedAt = @p1, updatedAt = @p2, lockedBy = @p3, lockedUntil = @p4, lockToken = ABS(lockToken) + 1, progress = NULL, liveKey = CASE WHEN uniqueWhile = 'pending' THEN NULL ELSE liveKey END WHERE seq = @p5 AND status = 'pending' AND lockToken = @p6 AND attempts = @p7 AND runAt <= @p8; SELECT @@ROWCOUNT AS changes;
-- ["2030-01-01T00:00:00.000","2030-01-01T00:00:00.000","w","2030-01-01T00:00:30.000",7,1,1,"2030-01-01T00:00:00.000"]
SELECT priority AS priority FROM wheels_jobs WHERE status = 'pending' AND priority < @p1 ORDER BY priority DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
-- [0]

-- ===== claim in a queue
SELECT priority AS priority FROM wheels_jobs WHERE status = 'pending' AND queue = @p1 ORDER BY priority DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
-- ["mail"]
SELECT (a whole row, as above) FROM wheels_jobs t WHERE status = 'pending' AND queue = @p1 AND priority = @p2 AND runAt <= @p3 ORDER BY t.runAt, t.seq OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
-- ["mail",0,"2030-01-01T00:00:00.000"]
UPDATE wheels_jobs SET status = 'processing', attempts = attempts + 1, startedAt = @p1, updatedAt = @p2, lockedBy = @p3, lockedUntil = @p4, lockToken = ABS(lockToken) + 1, progress = NULL, liveKey = CASE WHEN uniqueWhile = 'pending' THEN NULL ELSE liveKey END WHERE seq = @p5 AND status = 'pending' AND lockToken = @p6 AND attempts = @p7 AND runAt <= @p8; SELECT @@ROWCOUNT AS changes;
-- ["2030-01-01T00:00:00.000","2030-01-01T00:00:00.000","w","2030-01-01T00:00:30.000",7,1,1,"2030-01-01T00:00:00.000"]

-- ===== claim by id
SELECT (a whole row, as above) FROM wheels_jobs WHERE id = @p1 AND status = 'pending' AND runAt <= @p2;
-- ["one","2030-01-01T00:00:00.000"]
UPDATE wheels_jobs SET status = 'processing', attempts = attempts + 1, startedAt = @p1, updatedAt = @p2, lockedBy = @p3, lockedUntil = @p4, lockToken = ABS(lockToken) + 1, progress = NULL, liveKey = CASE WHEN uniqueWhile = 'pending' THEN NULL ELSE liveKey END WHERE seq = @p5 AND status = 'pending' AND lockToken = @p6 AND attempts = @p7 AND runAt <= @p8; SELECT @@ROWCOUNT AS changes;
-- ["2030-01-01T00:00:00.000","2030-01-01T00:00:00.000","w","2030-01-01T00:00:30.000",7,1,1,"2030-01-01T00:00:00.000"]

-- ===== extend
UPDATE wheels_jobs SET lockedUntil = @p1, updatedAt = @p2, progress = @p3 WHERE seq = @p4 AND id = @p5 AND COALESCE(status, '') = 'processing' AND lockToken = @p6 AND lockedBy = @p7; SELECT @@ROWCOUNT AS changes;
-- ["2030-01-01T00:00:30.000","2030-01-01T00:00:00.000","{\"processed\":1,\"total\":2,\"percentage\":50,\"status\":\"processing\",\"message\":null}",7,"one",1,"w"]

-- ===== settle as completed
UPDATE wheels_jobs SET status = 'completed', liveKey = NULL, lockedBy = NULL, lockedUntil = NULL, completedAt = @p1, updatedAt = @p2 WHERE seq = @p3 AND id = @p4 AND COALESCE(status, '') = 'processing' AND lockToken = @p5 AND lockedBy = @p6; SELECT @@ROWCOUNT AS changes;
-- ["2030-01-01T00:00:00.000","2030-01-01T00:00:00.000",7,"one",1,"w"]

-- ===== settle for a retry
UPDATE wheels_jobs SET status = 'pending', lockedBy = NULL, lockedUntil = NULL, runAt = @p1, lastError = @p2, updatedAt = @p3 WHERE seq = @p4 AND id = @p5 AND COALESCE(status, '') = 'processing' AND lockToken = @p6 AND lockedBy = @p7; SELECT @@ROWCOUNT AS changes;
-- ["2030-01-01T00:00:04.321","␠","2030-01-01T00:00:00.000",7,"one",1,"w"]

-- ===== settle as failed
UPDATE wheels_jobs SET status = 'failed', liveKey = NULL, lockedBy = NULL, lockedUntil = NULL, failedAt = @p1, lastError = @p2, updatedAt = @p3 WHERE seq = @p4 AND id = @p5 AND COALESCE(status, '') = 'processing' AND lockToken = @p6 AND lockedBy = @p7; SELECT @@ROWCOUNT AS changes;
-- ["2030-01-01T00:00:00.000","no such address","2030-01-01T00:00:00.000",7,"one",1,"w"]

-- ===== settle as released
UPDATE wheels_jobs SET status = 'pending', attempts = attempts - 1, startedAt = NULL, progress = NULL, lockedBy = NULL, lockedUntil = NULL, updatedAt = @p1 WHERE seq = @p2 AND id = @p3 AND COALESCE(status, '') = 'processing' AND lockToken = @p4 AND lockedBy = @p5; SELECT @@ROWCOUNT AS changes;
-- ["2030-01-01T00:00:00.000",7,"one",1,"w"]

-- ===== settle an expired claim
UPDATE wheels_jobs SET status = 'failed', liveKey = NULL, lockedBy = NULL, lockedUntil = NULL, failedAt = @p1, lastError = @p2, updatedAt = @p3 WHERE seq = @p4 AND id = @p5 AND COALESCE(status, '') = 'processing' AND lockToken = @p6 AND lockedBy = @p7 AND lockedUntil = @p8; SELECT @@ROWCOUNT AS changes;
-- ["2030-01-01T00:00:00.000","worker lost","2030-01-01T00:00:00.000",7,"one",1,"w","2030-01-01T00:00:04.321"]

-- ===== settle many
(begin, isolation level 2);
UPDATE wheels_jobs SET status = 'completed', liveKey = NULL, lockedBy = NULL, lockedUntil = NULL, completedAt = @p1, updatedAt = @p2 WHERE seq = @p3 AND id = @p4 AND COALESCE(status, '') = 'processing' AND lockToken = @p5 AND lockedBy = @p6; SELECT @@ROWCOUNT AS changes;
-- ["2030-01-01T00:00:00.000","2030-01-01T00:00:00.000",7,"one",1,"w"]
(commit);

-- ===== expired
SELECT (a whole row, as above) FROM wheels_jobs t WHERE status = 'processing' AND lockedUntil IS NOT NULL AND t.lockedUntil <= @p1 AND t.lockedUntil >= @p2 AND (t.lockedUntil > @p3 OR seq > @p4) ORDER BY t.lockedUntil, t.seq OFFSET 0 ROWS FETCH NEXT 5 ROWS ONLY;
-- ["2030-01-01T00:00:00.000","2030-01-01T00:00:04.321","2030-01-01T00:00:04.321",7]
SELECT (a whole row, as above) FROM wheels_jobs t WHERE status = 'processing' AND lockedUntil IS NULL AND DATEADD(millisecond, CAST(CASE WHEN COALESCE(t.timeout, 300) < 2147483 THEN COALESCE(t.timeout, 300) * 1000 ELSE 2147483000 END AS INT), t.updatedAt) <= @p1 AND DATEADD(millisecond, CAST(CASE WHEN COALESCE(t.timeout, 300) < 2147483 THEN COALESCE(t.timeout, 300) * 1000 ELSE 2147483000 END AS INT), t.updatedAt) >= @p2 AND (DATEADD(millisecond, CAST(CASE WHEN COALESCE(t.timeout, 300) < 2147483 THEN COALESCE(t.timeout, 300) * 1000 ELSE 2147483000 END AS INT), t.updatedAt) > @p3 OR seq > @p4) ORDER BY DATEADD(millisecond, CAST(CASE WHEN COALESCE(t.timeout, 300) < 2147483 THEN COALESCE(t.timeout, 300) * 1000 ELSE 2147483000 END AS INT), t.updatedAt), t.seq OFFSET 0 ROWS FETCH NEXT 5 ROWS ONLY;
-- ["2030-01-01T00:00:00.000","2030-01-01T00:00:04.321","2030-01-01T00:00:04.321",7]

-- ===== nextRunAt
SELECT priority AS priority FROM wheels_jobs WHERE status = 'pending' ORDER BY priority DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
SELECT DATEDIFF_BIG(millisecond, '19700101', runAt) AS runat FROM wheels_jobs t WHERE status = 'pending' AND priority = @p1 ORDER BY t.runAt, t.seq OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
-- [0]
SELECT priority AS priority FROM wheels_jobs WHERE status = 'pending' AND priority < @p1 ORDER BY priority DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
-- [0]

-- ===== nextLeaseEndAt
SELECT DATEDIFF_BIG(millisecond, '19700101', lockedUntil) AS leaseend FROM wheels_jobs t WHERE status = 'processing' AND lockedUntil IS NOT NULL ORDER BY lockedUntil OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
SELECT DATEDIFF_BIG(millisecond, '19700101', MIN(DATEADD(millisecond, CAST(CASE WHEN COALESCE(t.timeout, 300) < 2147483 THEN COALESCE(t.timeout, 300) * 1000 ELSE 2147483000 END AS INT), t.updatedAt))) AS leaseend FROM wheels_jobs t WHERE status = 'processing' AND lockedUntil IS NULL;

-- ===== get
SELECT (a whole row, as above) FROM wheels_jobs WHERE id = @p1;
-- ["one"]

-- ===== list
SELECT (a whole row, as above) FROM wheels_jobs WHERE status IN (@p1) AND queue IN (@p2, @p3) AND jobClass IN (@p4) AND seq < @p5 ORDER BY seq DESC OFFSET 0 ROWS FETCH NEXT 5 ROWS ONLY;
-- ["failed","mail","urgent","SendEmailJob",9]

-- ===== stats
SELECT queue AS queue, status AS status, count(*) AS jobs FROM wheels_jobs WHERE 1 = 1 AND queue IN (@p1) GROUP BY queue, status;
-- ["mail"]

-- ===== activity
SELECT count(*) AS jobs, sum(DATEDIFF_BIG(millisecond, '19700101', completedAt) - DATEDIFF_BIG(millisecond, '19700101', startedAt)) AS total, count(DATEDIFF_BIG(millisecond, '19700101', completedAt) - DATEDIFF_BIG(millisecond, '19700101', startedAt)) AS timed FROM wheels_jobs WHERE status = 'completed' AND completedAt >= @p1;
-- ["2030-01-01T00:00:00.000"]
SELECT count(*) AS jobs FROM wheels_jobs WHERE status = 'failed' AND failedAt >= @p1;
-- ["2030-01-01T00:00:00.000"]
SELECT (a whole row, as above) FROM wheels_jobs t WHERE status IN ('completed', 'failed') AND CASE WHEN t.status = 'completed' THEN t.completedAt ELSE t.failedAt END >= @p1 ORDER BY CASE WHEN t.status = 'completed' THEN t.completedAt ELSE t.failedAt END DESC, t.seq DESC OFFSET 0 ROWS FETCH NEXT 5 ROWS ONLY;
-- ["2030-01-01T00:00:00.000"]
SELECT priority AS priority FROM wheels_jobs WHERE status = 'pending' ORDER BY priority DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
SELECT DATEDIFF_BIG(millisecond, '19700101', runAt) AS runat FROM wheels_jobs t WHERE status = 'pending' AND priority = @p1 ORDER BY t.runAt, t.seq OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
-- [0]
SELECT priority AS priority FROM wheels_jobs WHERE status = 'pending' AND priority < @p1 ORDER BY priority DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
-- [0]

-- ===== retry
(begin, isolation level 2);
SELECT id AS id, status AS status, uniqueKey AS uniquekey, uniqueWhile AS uniquewhile FROM wheels_jobs WHERE id = @p1;
-- ["one"]
SELECT id AS id FROM wheels_jobs WHERE liveKey = @p1;
-- ["import"]
UPDATE wheels_jobs SET status = 'pending', attempts = 0, runAt = @p1, startedAt = NULL, completedAt = NULL, failedAt = NULL, lastError = NULL, progress = NULL, lockedBy = NULL, lockedUntil = NULL, lockToken = -ABS(lockToken), updatedAt = @p2, liveKey = CASE WHEN uniqueWhile = 'live' THEN uniqueKey ELSE NULL END WHERE id = @p3 AND status = 'failed'; SELECT @@ROWCOUNT AS changes;
-- ["2030-01-01T00:00:00.000","2030-01-01T00:00:00.000","one"]
(commit);

-- ===== retryFailed
(begin, isolation level 2);
SELECT id FROM wheels_jobs WHERE status = 'failed' AND uniqueKey IS NOT NULL AND queue IN (@p1) ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY;
-- ["mail"]
UPDATE wheels_jobs SET status = 'pending', attempts = 0, runAt = @p1, startedAt = NULL, completedAt = NULL, failedAt = NULL, lastError = NULL, progress = NULL, lockedBy = NULL, lockedUntil = NULL, lockToken = -ABS(lockToken), updatedAt = @p2, liveKey = CASE WHEN uniqueWhile = 'live' THEN uniqueKey ELSE NULL END WHERE status = 'failed' AND uniqueKey IS NULL AND queue IN (@p3); SELECT @@ROWCOUNT AS changes;
-- ["2030-01-01T00:00:00.000","2030-01-01T00:00:00.000","mail"]
(commit);

-- ===== retryFailed with a limit
(begin, isolation level 2);
SELECT id AS id, uniqueKey AS uniquekey, uniqueWhile AS uniquewhile FROM wheels_jobs WHERE status = 'failed' ORDER BY failedAt, seq;
(commit);

-- ===== remove
DELETE FROM wheels_jobs WHERE id = @p1 AND status = 'pending'; SELECT @@ROWCOUNT AS changes;
-- ["one"]

-- ===== purge
SELECT seq AS seq FROM wheels_jobs WHERE ((status = 'completed' AND completedAt < @p1) OR (status = 'failed' AND failedAt < @p2)) ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 1000 ROWS ONLY;
-- ["2030-01-01T00:00:00.000","2030-01-01T00:00:00.000"]
DELETE FROM wheels_jobs WHERE seq IN (@p1) AND status IN (@p2, @p3); SELECT @@ROWCOUNT AS changes;
-- [7,"completed","failed"]
SELECT seq AS seq FROM wheels_jobs WHERE ((status = 'completed' AND completedAt < @p1) OR (status = 'failed' AND failedAt < @p2)) ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 1000 ROWS ONLY;
-- ["2030-01-01T00:00:00.000","2030-01-01T00:00:00.000"]

-- ===== schedules.put
CREATE TABLE wheels_jobs_schedules (
  name NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
  schedule NVARCHAR(501) COLLATE Latin1_General_100_BIN2 NOT NULL,
  timezone NVARCHAR(101) COLLATE Latin1_General_100_BIN2 NOT NULL,
  jobClass NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  queue NVARCHAR(101) COLLATE Latin1_General_100_BIN2 NULL,
  data NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL,
  enabled INT DEFAULT 1 NOT NULL,
  description NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL,
  catchUp NVARCHAR(11) COLLATE Latin1_General_100_BIN2 DEFAULT 'one' NOT NULL,
  lastRun DATETIME2(3) NULL,
  nextRun DATETIME2(3) NULL,
  runCount BIGINT DEFAULT 0 NOT NULL,
  createdAt DATETIME2(3) NOT NULL,
  updatedAt DATETIME2(3) NOT NULL
);
(begin, isolation level 2);
UPDATE wheels_jobs_schedules SET nextRun = CASE WHEN schedule = @p1 AND timezone = @p2 AND (enabled = 1 OR @p3 = 0) THEN nextRun ELSE @p4 END, schedule = @p5, timezone = @p6, enabled = @p7, jobClass = @p8, queue = @p9, data = @p10, description = @p11, catchUp = @p12, updatedAt = @p13 WHERE name = @p14; SELECT @@ROWCOUNT AS changes;
-- ["0 3 * * *","UTC",1,"2030-01-01T00:00:04.321","0 3 * * *","UTC",1,"ReportJob",null,"{}","␠","one","2030-01-01T00:00:00.000","nightly"]
(commit);

-- ===== schedules.list
(begin, isolation level 2);
SELECT name AS name, schedule AS schedule, timezone AS timezone, jobClass AS jobclass, queue AS queue, data AS data, enabled AS enabled, description AS description, catchUp AS catchup, DATEDIFF_BIG(millisecond, '19700101', lastRun) AS lastrun, DATEDIFF_BIG(millisecond, '19700101', nextRun) AS nextrun, runCount AS runcount, createdAt AS createdat, updatedAt AS updatedat FROM wheels_jobs_schedules;
(commit);

-- ===== schedules.tick
(begin, isolation level 2);
UPDATE wheels_jobs_schedules SET nextRun = @p1, runCount = runCount + @p2, updatedAt = @p3, lastRun = @p4 WHERE name = @p5 AND nextRun = @p6 AND enabled = 1; SELECT @@ROWCOUNT AS changes;
-- ["2030-01-01T00:00:04.321",1,"2030-01-01T00:00:00.000","2030-01-01T00:00:00.000","nightly","2030-01-01T00:00:00.000"]
INSERT INTO wheels_jobs (id, jobClass, queue, data, priority, status, attempts, maxRetries, runAt, createdAt, updatedAt, timeout, uniqueKey, uniqueWhile, liveKey, carried) VALUES (@p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10, @p11, @p12, @p13, @p14, @p15, @p16); SELECT @@ROWCOUNT AS changes, CAST(SCOPE_IDENTITY() AS BIGINT) AS seq;
-- ["one","SendEmailJob","default","{}",0,"pending",0,3,"2030-01-01T00:00:00.000","2030-01-01T00:00:00.000","2030-01-01T00:00:00.000",300,null,"live",null,null]
(commit);

-- ===== schedules.remove
(begin, isolation level 2);
DELETE FROM wheels_jobs_schedules WHERE name = @p1; SELECT @@ROWCOUNT AS changes;
-- ["nightly"]
(commit);

-- ===== databaseNow
SELECT DATEDIFF_BIG(millisecond, '19700101', SYSUTCDATETIME()) AS now;

-- ===== dropTable
DROP TABLE IF EXISTS wheels_jobs;
DROP TABLE IF EXISTS wheels_jobs_schedules;

-- ===== dropTables
SELECT name AS name FROM sys.tables WHERE schema_id = SCHEMA_ID() AND name LIKE @p1;
-- ["wheels_kit_%"]
DROP TABLE IF EXISTS wheels_kit_1;

-- ===== close
(close);
