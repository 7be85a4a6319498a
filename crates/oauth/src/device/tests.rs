use citizenry_testkit::environment;

use super::*;

#[test]
fn a_user_code_is_found_however_it_is_typed() {
    for typed in ["BCDF-GHJK", "bcdfghjk", " bcdf ghjk ", "b.c.d.f_g-h-j-k"] {
        assert_eq!(letters_of(typed).as_deref(), Some("BCDFGHJK"), "{typed}");
    }
    let long = "-".repeat(65);
    for typed in ["", "BCDF-GHJ", "BCDF-GHJKL", "AEIO-UAEI", "BCDF-GHJ1", "李雷李雷", &long] {
        assert_eq!(letters_of(typed), None, "{typed}");
    }
}

#[test]
fn new_user_codes_are_of_their_alphabet() {
    let moment = environment().moment();
    let codes: std::collections::BTreeSet<String> = (0..50).map(|_| new_letters(&moment)).collect();
    assert_eq!(codes.len(), 50);
    assert!(codes.iter().all(|code| letters_of(&shown(code)).as_deref() == Some(code)));
}
