//! `citizenry bench`: figures of this machine, and nothing left behind.

use crate::harness::{Installation, on_both_databases};

/// What it measures.
const WORK: [&str; 7] = [
    "import users",
    "user by id",
    "page of 50 users",
    "search for a part of a name",
    "token by client_credentials",
    "sign-in with a password",
    "create user",
];

on_both_databases! {
    fn every_kind_of_request_has_a_rate_and_nothing_is_left_behind(installation) {
        let below = installation.write("marker", "").parent().unwrap().join("below");
        std::fs::create_dir(&below).unwrap();
        let below_text = below.to_str().unwrap();
        let mut arguments =
            vec!["bench", "--users", "200", "--seconds", "1", "--data-dir", below_text];
        if let Some(url) = installation.database_url() {
            arguments.extend(["--database-url", url]);
        }
        let lines = installation.json(&arguments);
        let lines = lines.as_array().unwrap();
        let work: Vec<_> = lines.iter().map(|line| line["work"].as_str().unwrap()).collect();
        assert_eq!(work, WORK);
        for line in lines {
            assert!(line["per_second"].as_f64().unwrap() > 0.0, "{line}");
            if line["work"] != "import users" {
                let (p50, p99) = (line["p50_ms"].as_f64(), line["p99_ms"].as_f64());
                assert!(p50.unwrap() > 0.0 && p99 >= p50, "{line}");
                assert!(line["cpu_us"].as_f64().unwrap() > 0.0, "{line}");
                assert!(line["memory_mib"].as_f64().unwrap() > 1.0, "{line}");
            }
        }
        assert_eq!(std::fs::read_dir(&below).unwrap().count(), 0);
        assert!(!installation.data_dir().exists());
        if installation.database_url().is_some() {
            let again = installation.run(&arguments);
            let errors = String::from_utf8(again.stderr).unwrap();
            assert_eq!(again.status.code(), Some(5), "{errors}");
            assert!(errors.contains("the database is not empty"), "{errors}");
        }
    }
}
