-- The one sequence of numbers of the installation. AUTOINCREMENT would give each table its own.
CREATE TABLE numbers (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    last INTEGER NOT NULL
) STRICT;
INSERT INTO numbers (only, last) VALUES (1, 0);
