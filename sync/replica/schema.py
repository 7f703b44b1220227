"""The replica's tables: the schema's columns, in its order and in Unix seconds, and after them the feed's own.

What the schema has and a replica leaves out, with the reason:

- Foreign keys. A POP has no humans, tenants or subscriptions, and a page may bring a token before its vault.
- UNIQUE (token_hash). An object comes at its latest position alone, so of two that pass a hash on, the new one may come
  before the old one's end: a page that is right must never be refused. RULES 32 makes it unique at the centre.
- Indexes by which a POP reads nothing. It looks tokens up by hash and devices by p0.

The CHECKs hold what the feed promises and a POP relies on (ids, paths, hashes, known states): a page that breaks one
is refused whole. `subscription_id` and `plan_override` are not in the feed and stay NULL; `last_seen_at` and
`last_used_at` are the POP's to fill, and no page touches them.
"""

APPLICATION_ID = 0x434C5652  # "CLVR" in the file's header: this is a replica and nothing else
VERSION = 1

_HEX8 = "[0-9a-f]" * 8

TABLES = f"""
CREATE TABLE vaults (
  l0              TEXT PRIMARY KEY CONSTRAINT l0 CHECK (l0 GLOB '{_HEX8}'),
  tenant_id       INTEGER NOT NULL CONSTRAINT tenant_id CHECK (tenant_id > 0),
  owner_human_id  INTEGER CONSTRAINT owner_human_id CHECK (owner_human_id > 0),
  subscription_id INTEGER,
  created_at      INTEGER NOT NULL,
  last_seen_at    INTEGER,
  status          TEXT NOT NULL CONSTRAINT status CHECK (status IN ('active', 'suspended', 'archived')),
  plan_override   TEXT,
  status_reason   TEXT,
  plan            TEXT,
  max_devices     INTEGER CONSTRAINT max_devices CHECK (max_devices >= 0),
  max_tokens      INTEGER CONSTRAINT max_tokens CHECK (max_tokens >= 0),
  ends_at         INTEGER,
  position        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
  id            INTEGER PRIMARY KEY CONSTRAINT id CHECK (id > 0),
  human_id      INTEGER NOT NULL CONSTRAINT human_id CHECK (human_id > 0),
  p0            TEXT NOT NULL CONSTRAINT p0 CHECK (p0 GLOB '{_HEX8}'),
  l0            TEXT NOT NULL CONSTRAINT l0 CHECK (l0 GLOB '{_HEX8}'),
  credential_id BLOB NOT NULL,
  wl3_path      TEXT NOT NULL CONSTRAINT wl3_path CHECK (
    -- a1/a1b2c3d4/20260405_abc.cla (RULES 29): a POP opens this file, so nothing else may stand here
    substr(wl3_path, 1, 21) GLOB substr(p0, 1, 2) || '/' || p0 || '/{"[0-9]" * 8}_'
    AND substr(wl3_path, 22) GLOB '[a-z0-9]*.cla'
    AND substr(wl3_path, 22, length(wl3_path) - 25) NOT GLOB '*[^a-z0-9]*'),
  enrolled_by   INTEGER CONSTRAINT enrolled_by CHECK (enrolled_by > 0),
  created_at    INTEGER NOT NULL,
  last_used_at  INTEGER,
  status        TEXT NOT NULL CONSTRAINT status CHECK (status IN ('active', 'suspended')),
  position      INTEGER NOT NULL
) STRICT;
CREATE INDEX idx_credentials_p0 ON credentials(p0);

CREATE TABLE agent_tokens (
  id           INTEGER PRIMARY KEY CONSTRAINT id CHECK (id > 0),
  vault_l0     TEXT NOT NULL CONSTRAINT vault_l0 CHECK (vault_l0 GLOB '{_HEX8}'),
  name         TEXT NOT NULL,
  token_hash   TEXT NOT NULL CONSTRAINT token_hash
               CHECK (length(token_hash) = 64 AND token_hash NOT GLOB '*[^0-9a-f]*'),
  scopes       TEXT NOT NULL CONSTRAINT scopes CHECK (scopes NOT GLOB '*[^0-9a-f,]*'),
  all_access   INTEGER NOT NULL CONSTRAINT all_access CHECK (all_access = 0 OR all_access = 1 AND scopes = ''),
  created_by   INTEGER CONSTRAINT created_by CHECK (created_by > 0),
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER,
  status       TEXT NOT NULL CONSTRAINT status CHECK (status IN ('active', 'revoked', 'expired')),
  position     INTEGER NOT NULL
) STRICT;
CREATE INDEX idx_agent_tokens_hash ON agent_tokens(token_hash);

-- What is gone, and since which position: an older page that comes again can't bring it back.
CREATE TABLE tombstones (
  kind     TEXT NOT NULL,
  id       TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- How far the replica has followed, moved in the transaction of the page. One row.
CREATE TABLE feed (
  only     INTEGER PRIMARY KEY CHECK (only = 1),
  epoch    TEXT NOT NULL,
  position INTEGER NOT NULL,
  cursor   TEXT NOT NULL,
  head     INTEGER NOT NULL
) STRICT;
"""
