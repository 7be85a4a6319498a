DROP TABLE job_parts;
DROP TABLE job_errors;
DROP TABLE jobs;
