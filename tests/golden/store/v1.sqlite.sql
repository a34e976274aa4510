-- A store of schema 1, as the program that first had it wrote it; opened by a test. Never changed.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE counter(value INTEGER NOT NULL);
INSERT INTO counter VALUES(13);
CREATE TABLE object(
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  uid TEXT NOT NULL,
  version INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  created INTEGER NOT NULL,
  spec TEXT NOT NULL,
  status TEXT NOT NULL,
  UNIQUE(kind, name)
) STRICT;
INSERT INTO object VALUES('service','magnetic-llama','00112233445566778899aabbccddeeff',3,2,1795458908719,'{"type":"wordpress","templateDigest":"abc123","subscription":"stub/acme/sub-1","plan":"small","domain":"magnetic-llama.example.com","version":"6.5","useLetsencrypt":true,"replicas":1,"limits":{"cpu":"250m","memory":"512Mi","storage":"2Gi"},"advanced":{"nested":{"list":[1,2.5,"x",null]},"seats":5},"customerEmail":"ann@example.com","suspensions":[{"reason":"operator","since":"2026-11-23T17:29:00.123Z","note":"asked for"}],"overrides":["limits.cpu"]}','{"phase":"Ready","observedGeneration":2,"endpoint":"https://magnetic-llama.example.com","conditions":[{"type":"Ready","status":"True","reason":"Ready","lastTransitionTime":"2026-11-23T17:29:00.123Z"}],"milestones":{"appliedAt":"2026-11-23T17:29:00.123Z"}}');
INSERT INTO object VALUES('subscription','stub-abcdefghijklmnopqrst','2fac842ddd6a3aec281dd7b595054b25',5,1,1795458908730,'{"provider":"stub","site":"acme","subscriptionId":"sub-1"}','{"observed":{"provider":"stub","site":"acme","subscriptionId":"sub-1","customerId":"cus-1","customerEmail":"ann@example.com","rawStatus":"active","state":"active","items":[{"priceId":"small-usd","itemId":"small","plan":true,"quantity":1}],"domain":"https://magnetic-llama.example.com","version":1795454940123},"derived":{"plan":"small","limits":{"cpu":"250m","memory":"512Mi","storage":"2Gi"}},"publication":{"state":"done","recorded":"https://magnetic-llama.example.com","writtenAt":"2026-11-23T17:29:00.123Z"},"events":[{"id":"ev_1","type":"subscription_created","at":"2026-11-23T17:29:00.123Z"}]}');
INSERT INTO object VALUES('name','magnetic-llama','7d235b5b7423f7d78e6adc8eaacad8b7',6,1,1795458908735,'{"subscription":"stub/acme/sub-1","serviceUid":"00112233445566778899aabbccddeeff"}','{}');
INSERT INTO object VALUES('template','wordpress-abc123','bbde4d22945e2e70c5980efb49be7bb6',7,1,1795458908736,'{"type":"wordpress","digest":"abc123","compose":"services:\n  web:\n    image: \"wordpress\"\n","current":true}','{}');
INSERT INTO object VALUES('site','stub-acme','3161a868c777aaead15e68a3af209e81',9,1,1795458908736,'{}','{"eventsCursor":"cursor-1","lastWebhook":"2026-11-23T17:29:00.123Z","unmatched":{"mystery":3}}');
CREATE TABLE hint(
  number INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  provider TEXT NOT NULL,
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  entitlements INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  occurred INTEGER NOT NULL,
  trace TEXT NOT NULL,
  received INTEGER NOT NULL
) STRICT;
INSERT INTO hint VALUES(10,0,'stub','acme','sub-1',1795454940123,0,'ev_2','subscription_changed',1795454940123,'0123456789abcdef',1795458908737);
CREATE TABLE history(
  number INTEGER PRIMARY KEY,
  stream TEXT NOT NULL,
  id TEXT NOT NULL,
  subject TEXT NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  trace TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
INSERT INTO history VALUES(11,'events','ev_1','stub-abcdefghijklmnopqrst','subscription_created',1795454940123,'t1','{"id":"ev_1"}');
INSERT INTO history VALUES(12,'events','ev_2','stub-abcdefghijklmnopqrst','subscription_changed',1795454940123,'t2','{"id":"ev_2"}');
CREATE TABLE history_by_stream(
  stream TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY(stream, number)
) STRICT, WITHOUT ROWID;
INSERT INTO history_by_stream VALUES('events',11);
CREATE TABLE history_by_subject(
  stream TEXT NOT NULL, subject TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY(stream, subject, number)
) STRICT, WITHOUT ROWID;
INSERT INTO history_by_subject VALUES('events','stub-abcdefghijklmnopqrst',11);
CREATE TABLE history_by_id(
  stream TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY(stream, id)
) STRICT, WITHOUT ROWID;
INSERT INTO history_by_id VALUES('events','ev_1',11);
CREATE TABLE history_indexed(up_to INTEGER NOT NULL, step INTEGER NOT NULL);
INSERT INTO history_indexed VALUES(11,3);
CREATE TABLE secret(
  uid TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
INSERT INTO secret VALUES('00112233445566778899aabbccddeeff',13,'f05da8283d533322',X'017cc8d5788f1a845161f07afd6ac32802b9c7628d41acbbf56cd2765f953261c6373b8de3bf4cb0559ac98745237670f3778e625404');
CREATE TABLE seal_key(id TEXT NOT NULL PRIMARY KEY) STRICT;
INSERT INTO seal_key VALUES('f05da8283d533322');
CREATE INDEX hint_of_key ON hint(kind, provider, site, id);
COMMIT;
PRAGMA application_id=1263290179;
PRAGMA user_version=1;
