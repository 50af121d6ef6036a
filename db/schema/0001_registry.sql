-- The registry of a factory: what was ordered, which chip got which identity, and everything that happened.
--
-- Rules of every table: unknown is NULL, never 0 or an empty string; times are milliseconds since 1970; nothing is
-- ever deleted; a value that names a unit is written once. Constraints and triggers hold this for every program that
-- opens the file, not only for ours.

CREATE TABLE batches (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE CHECK (name <> ''),
  batch_id   BLOB NOT NULL UNIQUE CHECK (length(batch_id) = 16),
  created_at INTEGER NOT NULL CHECK (created_at > 0)
) STRICT;

CREATE TABLE batch_stations (
  batch      INTEGER NOT NULL REFERENCES batches (id),
  position   INTEGER NOT NULL CHECK (position >= 0),
  public_key BLOB NOT NULL CHECK (length(public_key) = 65),
  PRIMARY KEY (batch, position),
  UNIQUE (batch, public_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
  id              INTEGER PRIMARY KEY,
  name            TEXT NOT NULL UNIQUE CHECK (name <> ''),
  batch           INTEGER NOT NULL REFERENCES batches (id),
  profile_name    TEXT NOT NULL CHECK (profile_name <> ''),
  profile_version INTEGER NOT NULL,
  profile_source  TEXT NOT NULL,
  profile_digest  BLOB NOT NULL CHECK (length(profile_digest) = 32),
  issuing_ca      TEXT NOT NULL CHECK (issuing_ca <> ''),
  serial_prefix   TEXT NOT NULL,
  serial_digits   INTEGER NOT NULL CHECK (serial_digits BETWEEN 1 AND 18),
  serial_first    INTEGER NOT NULL CHECK (serial_first >= 0),
  quantity        INTEGER NOT NULL CHECK (quantity > 0),
  -- How many serials of the range have a row in `units`.
  allocated       INTEGER NOT NULL DEFAULT 0 CHECK (allocated BETWEEN 0 AND quantity),
  -- The ends of the range as text, so that ranges are compared as what is printed on the label.
  first_serial    TEXT NOT NULL CHECK (first_serial = serial_prefix || printf('%0*d', serial_digits, serial_first)),
  last_serial     TEXT NOT NULL
    CHECK (last_serial = serial_prefix || printf('%0*d', serial_digits, serial_first + quantity - 1)
           AND length(last_serial) = length(serial_prefix) + serial_digits),
  created_at      INTEGER NOT NULL CHECK (created_at > 0)
) STRICT;

CREATE TABLE order_variables (
  "order"  INTEGER NOT NULL REFERENCES orders (id),
  position INTEGER NOT NULL CHECK (position >= 0),
  name     TEXT NOT NULL CHECK (name <> ''),
  value    TEXT NOT NULL,
  PRIMARY KEY ("order", position),
  UNIQUE ("order", name)
) STRICT, WITHOUT ROWID;

-- Two ranges of one prefix never share a number, whatever the number of digits; and two ranges of different prefixes
-- never share a label ("AB-" with 6 digits and "AB-0" with 5).
CREATE TRIGGER orders_ranges_apart BEFORE INSERT ON orders
WHEN EXISTS (
  SELECT 1 FROM orders AS other
  WHERE (other.serial_prefix = NEW.serial_prefix
         AND other.serial_first <= NEW.serial_first + NEW.quantity - 1
         AND NEW.serial_first <= other.serial_first + other.quantity - 1)
     OR (length(other.last_serial) = length(NEW.last_serial)
         AND other.first_serial <= NEW.last_serial AND NEW.first_serial <= other.last_serial))
BEGIN
  SELECT RAISE(ABORT, 'the serial numbers overlap those of another order');
END;

CREATE TRIGGER orders_are_final BEFORE UPDATE ON orders
WHEN (NEW.id, NEW.name, NEW.batch, NEW.profile_name, NEW.profile_version, NEW.profile_source, NEW.profile_digest,
      NEW.issuing_ca, NEW.serial_prefix, NEW.serial_digits, NEW.serial_first, NEW.quantity, NEW.first_serial,
      NEW.last_serial, NEW.created_at)
     IS NOT
     (OLD.id, OLD.name, OLD.batch, OLD.profile_name, OLD.profile_version, OLD.profile_source, OLD.profile_digest,
      OLD.issuing_ca, OLD.serial_prefix, OLD.serial_digits, OLD.serial_first, OLD.quantity, OLD.first_serial,
      OLD.last_serial, OLD.created_at)
     OR NEW.allocated <> OLD.allocated + 1
BEGIN
  SELECT RAISE(ABORT, 'an order is final; only its count of used serials moves, one by one');
END;

CREATE TABLE units (
  id               INTEGER PRIMARY KEY,
  serial           TEXT NOT NULL UNIQUE CHECK (serial <> ''),
  "order"          INTEGER NOT NULL REFERENCES orders (id),
  transaction_id   BLOB NOT NULL UNIQUE CHECK (length(transaction_id) = 16),
  state            TEXT NOT NULL CHECK (state IN ('reserved', 'contacted', 'seeded', 'keyed', 'certified', 'committed',
                                                  'provisioned', 'activated', 'failed', 'scrapped', 'revoked')),
  chip_id          BLOB UNIQUE CHECK (length(chip_id) BETWEEN 1 AND 64),
  board            TEXT CHECK (board <> ''),
  items_digest     BLOB CHECK (length(items_digest) = 32),
  item_count       INTEGER CHECK (item_count >= 0),
  receipt          BLOB UNIQUE CHECK (length(receipt) > 0),
  activation_proof BLOB UNIQUE CHECK (length(activation_proof) > 0),
  failure_code     TEXT CHECK (failure_code <> ''),
  failure_text     TEXT CHECK (failure_text <> ''),
  -- Why it was scrapped or revoked.
  reason           TEXT CHECK (reason <> ''),
  clone_suspected  INTEGER NOT NULL DEFAULT 0 CHECK (clone_suspected IN (0, 1)),
  attempts         INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  created_at       INTEGER NOT NULL CHECK (created_at > 0),
  updated_at       INTEGER NOT NULL CHECK (updated_at > 0),
  CHECK (state <> 'reserved' OR chip_id IS NULL),
  CHECK (state IN ('reserved', 'scrapped') OR chip_id IS NOT NULL),
  CHECK (state NOT IN ('committed', 'provisioned', 'activated')
         OR (items_digest IS NOT NULL AND item_count IS NOT NULL)),
  CHECK (state NOT IN ('provisioned', 'activated') OR receipt IS NOT NULL),
  CHECK (state <> 'activated' OR activation_proof IS NOT NULL),
  CHECK (state <> 'failed' OR failure_code IS NOT NULL),
  CHECK (state NOT IN ('scrapped', 'revoked') OR reason IS NOT NULL)
) STRICT;

CREATE INDEX units_by_order ON units ("order", serial);
CREATE INDEX units_by_state ON units (state, "order", serial);

-- One row for each time a unit was contacted.
CREATE TABLE attempts (
  id            INTEGER PRIMARY KEY,
  unit          INTEGER NOT NULL REFERENCES units (id),
  number        INTEGER NOT NULL CHECK (number > 0),
  port          TEXT CHECK (port <> ''),
  agent_version TEXT CHECK (agent_version <> ''),
  station       TEXT CHECK (station <> ''),
  operator      TEXT CHECK (operator <> ''),
  started_at    INTEGER NOT NULL CHECK (started_at > 0),
  ended_at      INTEGER CHECK (ended_at > 0),
  outcome       TEXT CHECK (outcome IN ('done', 'failed', 'interrupted')),
  error_name    TEXT CHECK (error_name <> ''),
  error_text    TEXT CHECK (error_text <> ''),
  steps         TEXT CHECK (steps <> ''),
  UNIQUE (unit, number),
  CHECK ((ended_at IS NULL) = (outcome IS NULL)),
  CHECK ((outcome IS 'failed') = (error_name IS NOT NULL))
) STRICT;

-- A unit is in one pair of hands at a time.
CREATE UNIQUE INDEX attempts_open ON attempts (unit) WHERE ended_at IS NULL;

-- Every seed that was ever sent or about to be sent, by its commitment; also those that were burnt on the way.
CREATE TABLE seed_commitments (
  commitment   BLOB NOT NULL PRIMARY KEY CHECK (length(commitment) = 32),
  unit         INTEGER NOT NULL REFERENCES units (id),
  intended_at  INTEGER NOT NULL CHECK (intended_at > 0),
  confirmed_at INTEGER CHECK (confirmed_at > 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX seed_commitments_by_unit ON seed_commitments (unit);
CREATE UNIQUE INDEX seed_commitments_confirmed ON seed_commitments (unit) WHERE confirmed_at IS NOT NULL;

CREATE TABLE keys (
  id          INTEGER PRIMARY KEY,
  unit        INTEGER NOT NULL UNIQUE REFERENCES units (id),
  public_key  BLOB NOT NULL UNIQUE CHECK (length(public_key) = 65),
  recorded_at INTEGER NOT NULL CHECK (recorded_at > 0),
  UNIQUE (id, unit)
) STRICT;

-- A serial number is taken before it is signed; `certificate` follows. A row without one is a number that was burnt.
-- The key is the unit's own and certified once.
CREATE TABLE certificates (
  id             INTEGER PRIMARY KEY,
  unit           INTEGER NOT NULL REFERENCES units (id),
  issuer_key_id  BLOB NOT NULL CHECK (length(issuer_key_id) BETWEEN 1 AND 128),
  serial_number  BLOB NOT NULL CHECK (length(serial_number) BETWEEN 1 AND 20),
  reserved_at    INTEGER NOT NULL CHECK (reserved_at > 0),
  key            INTEGER UNIQUE,
  certificate    BLOB CHECK (length(certificate) > 0),
  fingerprint    BLOB UNIQUE CHECK (length(fingerprint) = 32),
  issued_at      INTEGER CHECK (issued_at > 0),
  UNIQUE (issuer_key_id, serial_number),
  FOREIGN KEY (key, unit) REFERENCES keys (id, unit),
  CHECK ((certificate IS NULL) = (fingerprint IS NULL)),
  CHECK ((certificate IS NULL) = (key IS NULL)),
  CHECK ((certificate IS NULL) = (issued_at IS NULL))
) STRICT;

CREATE INDEX certificates_by_unit ON certificates (unit);
CREATE UNIQUE INDEX certificates_issued ON certificates (unit) WHERE certificate IS NOT NULL;

-- Chips that claimed the identity of another unit.
CREATE TABLE clones (
  unit    INTEGER NOT NULL REFERENCES units (id),
  chip_id BLOB NOT NULL CHECK (length(chip_id) BETWEEN 1 AND 64),
  seen_at INTEGER NOT NULL CHECK (seen_at > 0),
  PRIMARY KEY (unit, chip_id)
) STRICT, WITHOUT ROWID;

-- The audit log. `canonical` is the event (db/SPEC.md); the other columns repeat parts of it for queries.
CREATE TABLE events (
  sequence  INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL CHECK (at > 0),
  kind      TEXT NOT NULL CHECK (kind <> ''),
  subject   TEXT NOT NULL CHECK (subject <> ''),
  station   TEXT CHECK (station <> ''),
  operator  TEXT CHECK (operator <> ''),
  canonical BLOB NOT NULL CHECK (length(canonical) > 0)
) STRICT;

CREATE INDEX events_by_subject ON events (subject);

CREATE TRIGGER events_in_order BEFORE INSERT ON events
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM events)
BEGIN
  SELECT RAISE(ABORT, 'an event takes the next sequence number; none is replaced and none left out');
END;
CREATE TRIGGER events_are_final BEFORE UPDATE ON events
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only: an event is never changed');
END;
CREATE TRIGGER events_stay BEFORE DELETE ON events
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only: an event is never deleted');
END;

-- ---- the life of a unit ----

CREATE TRIGGER units_begin_reserved BEFORE INSERT ON units
WHEN NEW.state <> 'reserved'
BEGIN
  SELECT RAISE(ABORT, 'a unit begins as reserved');
END;

CREATE TRIGGER units_state_forward BEFORE UPDATE OF state ON units
WHEN NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (VALUES
  ('reserved', 'contacted'), ('contacted', 'seeded'), ('seeded', 'keyed'), ('keyed', 'certified'),
  ('certified', 'committed'), ('committed', 'provisioned'), ('provisioned', 'activated'),
  ('contacted', 'failed'), ('seeded', 'failed'), ('keyed', 'failed'), ('certified', 'failed'), ('committed', 'failed'),
  ('reserved', 'scrapped'), ('contacted', 'scrapped'), ('seeded', 'scrapped'), ('keyed', 'scrapped'),
  ('certified', 'scrapped'), ('committed', 'scrapped'), ('provisioned', 'scrapped'), ('activated', 'scrapped'),
  ('failed', 'scrapped'),
  ('certified', 'revoked'), ('committed', 'revoked'), ('provisioned', 'revoked'), ('activated', 'revoked'),
  ('failed', 'revoked'), ('scrapped', 'revoked'))
BEGIN
  SELECT RAISE(ABORT, 'the state of a unit only moves forward');
END;

-- What a state says is on record must be on record.
CREATE TRIGGER units_state_backed BEFORE UPDATE OF state ON units
BEGIN
  SELECT RAISE(ABORT, 'a seeded unit needs a confirmed seed commitment')
  WHERE NEW.state IN ('seeded', 'keyed', 'certified', 'committed', 'provisioned', 'activated')
    AND NOT EXISTS (SELECT 1 FROM seed_commitments WHERE unit = NEW.id AND confirmed_at IS NOT NULL);
  SELECT RAISE(ABORT, 'a keyed unit needs its public key')
  WHERE NEW.state IN ('keyed', 'certified', 'committed', 'provisioned', 'activated')
    AND NOT EXISTS (SELECT 1 FROM keys WHERE unit = NEW.id);
  SELECT RAISE(ABORT, 'a certified or revoked unit needs its certificate')
  WHERE NEW.state IN ('certified', 'committed', 'provisioned', 'activated', 'revoked')
    AND NOT EXISTS (SELECT 1 FROM certificates WHERE unit = NEW.id AND certificate IS NOT NULL);
END;

-- What a unit got once it keeps.
CREATE TRIGGER units_identity_final BEFORE UPDATE ON units
WHEN (NEW.id, NEW.serial, NEW."order", NEW.transaction_id, NEW.created_at)
     IS NOT (OLD.id, OLD.serial, OLD."order", OLD.transaction_id, OLD.created_at)
  OR (OLD.chip_id IS NOT NULL AND NEW.chip_id IS NOT OLD.chip_id)
  OR (OLD.board IS NOT NULL AND NEW.board IS NOT OLD.board)
  OR (OLD.items_digest IS NOT NULL AND NEW.items_digest IS NOT OLD.items_digest)
  OR (OLD.item_count IS NOT NULL AND NEW.item_count IS NOT OLD.item_count)
  OR (OLD.receipt IS NOT NULL AND NEW.receipt IS NOT OLD.receipt)
  OR (OLD.activation_proof IS NOT NULL AND NEW.activation_proof IS NOT OLD.activation_proof)
  OR (OLD.failure_code IS NOT NULL AND NEW.failure_code IS NOT OLD.failure_code)
  OR (OLD.failure_text IS NOT NULL AND NEW.failure_text IS NOT OLD.failure_text)
  OR NEW.clone_suspected < OLD.clone_suspected
  OR NEW.attempts < OLD.attempts
BEGIN
  SELECT RAISE(ABORT, 'what a unit got is never changed');
END;

CREATE TRIGGER attempts_are_final BEFORE UPDATE ON attempts
WHEN OLD.ended_at IS NOT NULL
  OR (NEW.id, NEW.unit, NEW.number, NEW.port, NEW.agent_version, NEW.station, NEW.operator, NEW.started_at)
     IS NOT
     (OLD.id, OLD.unit, OLD.number, OLD.port, OLD.agent_version, OLD.station, OLD.operator, OLD.started_at)
BEGIN
  SELECT RAISE(ABORT, 'an attempt that ended is never changed');
END;

CREATE TRIGGER seed_commitments_are_final BEFORE UPDATE ON seed_commitments
WHEN OLD.confirmed_at IS NOT NULL
  OR (NEW.commitment, NEW.unit, NEW.intended_at) IS NOT (OLD.commitment, OLD.unit, OLD.intended_at)
BEGIN
  SELECT RAISE(ABORT, 'a seed commitment is never changed');
END;

CREATE TRIGGER keys_are_final BEFORE UPDATE ON keys
BEGIN
  SELECT RAISE(ABORT, 'a public key on record is never changed');
END;

CREATE TRIGGER certificates_are_final BEFORE UPDATE ON certificates
WHEN OLD.certificate IS NOT NULL
  OR (NEW.id, NEW.unit, NEW.issuer_key_id, NEW.serial_number, NEW.reserved_at)
     IS NOT (OLD.id, OLD.unit, OLD.issuer_key_id, OLD.serial_number, OLD.reserved_at)
BEGIN
  SELECT RAISE(ABORT, 'a certificate on record is never changed');
END;

CREATE TRIGGER batches_are_final BEFORE UPDATE ON batches
BEGIN SELECT RAISE(ABORT, 'a batch is final'); END;
CREATE TRIGGER batch_stations_are_final BEFORE UPDATE ON batch_stations
BEGIN SELECT RAISE(ABORT, 'a batch is final'); END;
CREATE TRIGGER order_variables_are_final BEFORE UPDATE ON order_variables
BEGIN SELECT RAISE(ABORT, 'an order is final'); END;
CREATE TRIGGER clones_are_final BEFORE UPDATE ON clones
BEGIN SELECT RAISE(ABORT, 'a suspected clone is never changed'); END;

CREATE TRIGGER batches_stay BEFORE DELETE ON batches
BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the registry'); END;
CREATE TRIGGER batch_stations_stay BEFORE DELETE ON batch_stations
BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the registry'); END;
CREATE TRIGGER orders_stay BEFORE DELETE ON orders
BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the registry'); END;
CREATE TRIGGER order_variables_stay BEFORE DELETE ON order_variables
BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the registry'); END;
CREATE TRIGGER units_stay BEFORE DELETE ON units
BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the registry'); END;
CREATE TRIGGER attempts_stay BEFORE DELETE ON attempts
BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the registry'); END;
CREATE TRIGGER seed_commitments_stay BEFORE DELETE ON seed_commitments
BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the registry'); END;
CREATE TRIGGER keys_stay BEFORE DELETE ON keys
BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the registry'); END;
CREATE TRIGGER certificates_stay BEFORE DELETE ON certificates
BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the registry'); END;
CREATE TRIGGER clones_stay BEFORE DELETE ON clones
BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the registry'); END;
