-- A database as the first version of this program left it (a dump of it), in the middle of a create. Never changed:
-- every later version brings it up to date.
PRAGMA application_id = 1094930511;
PRAGMA journal_mode = WAL;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO _sqlx_migrations VALUES(1,'records','2026-11-26 01:48:30',1,X'42a1b1373f7ad55e68a0ec08f7e372fd9ec403e91b2fa289589f14c62e52737e82481e18939ae3ad8e534190dcf68e55',19407896);
CREATE TABLE records (
    kind    TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    parent  TEXT    NOT NULL,
    name    TEXT,
    scope   TEXT,
    version INTEGER NOT NULL,
    status  TEXT    NOT NULL,
    due     INTEGER,
    created INTEGER NOT NULL,
    body    TEXT    NOT NULL
) STRICT;
INSERT INTO records VALUES('setting','page-key','',NULL,NULL,1,'',NULL,1795657711058348,'18e66e7c75417c3986c3a4080856d69d2d55be58666e1d3ab20940ac81b74600');
INSERT INTO records VALUES('policy-engine','refunds-gbalg2tk78','','refunds',NULL,2,'ACTIVE',NULL,1795657711166745,'{"name":"refunds","description":"first version","encryption_key_arn":null,"tags":{"team":"a"},"status_reasons":[],"updated":1795657711178371}');
INSERT INTO records VALUES('token','9860a0404e0b2647f3cba307d6c2d388cee76529d301ab32d7248aa5466138e3','',NULL,NULL,1,'',1795744111166821,1795657711166745,'{"request":"0df2a21491e94a8c1362e6d5d52668a55bee014c86961bf390ce89896dc5d461","resource":"refunds-gbalg2tk78","created":1795657711166745,"expires":1795744111166820}');
INSERT INTO records VALUES('policy','everyone-4m9iz8oh1_','refunds-gbalg2tk78','everyone',NULL,2,'ACTIVE',NULL,1795657712554878,'{"name":"everyone","description":"d","asked":{"definition":{"cedar":{"statement":"permit(principal, action, resource is AgentCore::Gateway);"}},"enforcement_mode":"ACTIVE"},"in_force":{"definition":{"cedar":{"statement":"permit(principal, action, resource is AgentCore::Gateway);"}},"enforcement_mode":"ACTIVE"},"validation_mode":"FAIL_ON_ANY_FINDINGS","tags":{},"status_reasons":[],"updated":1795657712571736}');
INSERT INTO records VALUES('token','979c8ca5d10823f29aa3a6f5bf2aa60eeba44522807ea0a3b951928cd8ad78e3','',NULL,NULL,1,'',1795744112554936,1795657712554878,'{"request":"bcebe4f93d26032f39c0d1ac05fd5289feb3c4fc33a0cd591cf2fc6d2a9d4015","resource":"everyone-4m9iz8oh1_","created":1795657712554878,"expires":1795744112554935}');
INSERT INTO records VALUES('policy','wrong-10kp9na9_o','refunds-gbalg2tk78','wrong',NULL,2,'CREATE_FAILED',NULL,1795657712621031,'{"name":"wrong","description":null,"asked":{"definition":{"cedar":{"statement":"permit(principal, action, resource is AgentCore::Gateway) when { principal.nope == 1 };"}},"enforcement_mode":"ACTIVE"},"in_force":null,"validation_mode":"FAIL_ON_ANY_FINDINGS","tags":{},"status_reasons":["Multiple errors occurred during policy parsing/validation:\n* for policy `wrong_10kp9na9_o_0`, attribute `nope` on entity type `AgentCore::IamEntity` not found\n  for policy `wrong_10kp9na9_o_0`, attribute `nope` on entity type `AgentCore::IamEntity` not found at line 1, column 66:\n  1 permit(principal, action, resource is AgentCore::Gateway) when { principal.nope == 1 };\ndid you mean `id`?\n\n* for policy `wrong_10kp9na9_o_0`, attribute `nope` on entity type `AgentCore::OAuthUser` not found\n  for policy `wrong_10kp9na9_o_0`, attribute `nope` on entity type `AgentCore::OAuthUser` not found at line 1, column 66:\n  1 permit(principal, action, resource is AgentCore::Gateway) when { principal.nope == 1 };\ndid you mean `id`?\n\n* for policy `wrong_10kp9na9_o_0`, attribute `nope` on entity type `AgentCore::UnauthenticatedUser` not found\n  for policy `wrong_10kp9na9_o_0`, attribute `nope` on entity type `AgentCore::UnauthenticatedUser` not found at line 1, column 66:\n  1 permit(principal, action, resource is AgentCore::Gateway) when { principal.nope == 1 };\n"],"updated":1795657712711948}');
INSERT INTO records VALUES('policy','second-hykubiuag8','refunds-gbalg2tk78','second',NULL,1,'CREATING',1795657713712312,1795657713702312,'{"name":"second","description":null,"asked":{"definition":{"cedar":{"statement":"forbid(principal, action, resource is AgentCore::Gateway);"}},"enforcement_mode":"ACTIVE"},"in_force":null,"validation_mode":"IGNORE_ALL_FINDINGS","tags":{},"status_reasons":[],"updated":1795657713702312}');
CREATE UNIQUE INDEX records_key ON records (kind, id);
CREATE UNIQUE INDEX records_name ON records (kind, name) WHERE name IS NOT NULL;
CREATE INDEX records_list ON records (kind, parent, created, id);
CREATE INDEX records_due ON records (due) WHERE due IS NOT NULL;
