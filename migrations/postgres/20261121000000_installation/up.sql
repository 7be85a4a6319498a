-- The one sequence of numbers of the installation.
CREATE SEQUENCE numbers AS bigint MINVALUE 1 MAXVALUE 9007199254740991;
