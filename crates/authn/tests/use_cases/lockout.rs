use citizenry_authn::SignIn;
use citizenry_identity::{EventKind, LockReason};
use citizenry_testkit::block_on;

use super::world::{PASSWORD, World, from, word};

async fn fail(world: &World, identifier: &str, times: usize) -> Vec<String> {
    let mut words = Vec::new();
    for _ in 0..times {
        words.push(word(&world.try_in(identifier, "guess").await));
    }
    words
}

#[test]
fn an_account_and_a_name_that_nobody_has_are_locked_alike_for_longer_each_time() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        let mut courses = Vec::new();
        for identifier in ["fioman", "nobody"] {
            let mut course = fail(&world, identifier, 7).await;
            for wait in [60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
                world.pass(wait - 1);
                course.push(word(&world.try_in(identifier, "guess").await));
                world.pass(1);
                course.extend(fail(&world, identifier, 2).await);
            }
            courses.push(course);
        }
        assert_eq!(courses[0], courses[1]);
        let course = courses.remove(0);
        assert_eq!(course[..5], ["wrong"; 5]);
        assert_eq!(course[5..7], ["locked 60", "locked 60"]);
        assert_eq!(
            course[7..13],
            ["locked 1", "wrong", "locked 120", "locked 1", "wrong", "locked 240"]
        );
        assert_eq!(course.last().unwrap(), "locked 3600");
        assert_eq!(world.told(EventKind::USER_LOCKED_OUT).await, 9);
    });
}

#[test]
fn nothing_is_hashed_and_nothing_told_of_a_refused_attempt() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        fail(&world, "fioman", 5).await;
        fail(&world, "nobody", 5).await;
        world.hasher.take();
        let events = world.trail().await.len();
        for identifier in ["fioman", "nobody"] {
            assert_eq!(word(&world.try_in(identifier, PASSWORD).await), "locked 60");
        }
        assert_eq!(world.hasher.take(), (0, 0));
        assert_eq!(world.trail().await.len(), events);
    });
}

#[test]
fn the_lock_ends_by_itself_and_a_success_begins_the_count_anew() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        fail(&world, "fioman", 5).await;
        assert!(world.stored(user.id).await.locks.get(LockReason::FailedAttempts).is_some());
        world.pass(60);
        world.signed_in("fioman").await;
        assert!(world.stored(user.id).await.locks.is_empty());
        assert_eq!(fail(&world, "fioman", 6).await[4..], ["wrong", "locked 60"]);
    });
}

#[test]
fn a_success_forgets_the_failures_before_it() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        for _ in 0..3 {
            assert_eq!(fail(&world, "fioman", 4).await, ["wrong"; 4]);
            world.signed_in("fioman").await;
        }
    });
}

#[test]
fn failures_of_long_ago_are_forgotten() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        fail(&world, "fioman", 4).await;
        world.pass(86_400);
        assert_eq!(fail(&world, "fioman", 5).await, ["wrong"; 5]);
    });
}

#[test]
fn a_lock_that_an_administrator_lifts_begins_the_count_anew() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        fail(&world, "fioman", 5).await;
        world.pass(60);
        fail(&world, "fioman", 1).await;
        world.change(user.id, |user, moment| _ = user.lift_locks(moment.now())).await;
        assert_eq!(fail(&world, "fioman", 6).await[4..], ["wrong", "locked 60"]);
    });
}

#[test]
fn strangers_do_not_lock_out_a_browser_that_the_user_has_signed_in_with() {
    block_on(async {
        let world = World::new().await;
        let (user, other) = (world.user("fioman").await, world.user("other").await);
        let entered = world.signed_in("fioman").await;
        fail(&world, "fioman", 5).await;
        let known = |name: &str, password: &str, device| SignIn {
            device: Some(device),
            ..world.attempt(name, password)
        };
        let device = entered.device.clone();
        let again = world.authn.sign_in(known("fioman", PASSWORD, device.clone())).await.unwrap();
        // What is open stays open, and what is new opens.
        assert!(world.opens(&entered.secret).await && world.opens(&again.secret).await);
        // The strangers gain nothing by it.
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "locked 60");
        // It is counted by itself, and alone refused.
        world.pass(60);
        for _ in 0..5 {
            let result = world.authn.sign_in(known("fioman", "guess", device.clone())).await;
            assert_eq!(word(&result), "wrong");
        }
        let refused = world.authn.sign_in(known("fioman", PASSWORD, device.clone())).await;
        assert_eq!(word(&refused), "locked 60");
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "in");
        assert!(world.stored(user.id).await.locks.is_empty());
        // It is good for no other account, and not for ever.
        fail(&world, "other", 5).await;
        let elsewhere = world.authn.sign_in(known("other", PASSWORD, device.clone())).await;
        assert_eq!(word(&elsewhere), "locked 60");
        assert_eq!(other.status, citizenry_identity::Status::Active);
        world.pass(180 * 86_400);
        fail(&world, "fioman", 5).await;
        let late = world.authn.sign_in(known("fioman", PASSWORD, device)).await;
        assert_eq!(word(&late), "locked 60");
    });
}

#[test]
fn made_up_device_secrets_are_none() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        fail(&world, "fioman", 5).await;
        for device in
            ["", "x", "!!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &"A".repeat(600)]
        {
            let request =
                SignIn { device: Some((*device).into()), ..world.attempt("fioman", PASSWORD) };
            assert_eq!(word(&world.authn.sign_in(request).await), "locked 60");
        }
    });
}

#[test]
fn an_address_that_fails_too_often_is_slowed_down_and_no_other() {
    block_on(async {
        let world = World::new().await;
        world.set_tenant(|tenant| tenant.settings.sign_in.address_threshold = 3).await;
        world.user("fioman").await;
        let at = async |address: &str, name: &str, password: &str| {
            let request = SignIn { origin: from(address), ..world.attempt(name, password) };
            word(&world.authn.sign_in(request).await)
        };
        for (name, address) in [("a", "2001:db8::1"), ("b", "2001:db8::2"), ("c", "2001:db8::3")] {
            assert_eq!(at(address, name, "guess").await, "wrong");
        }
        // The whole /64, whoever is tried; its neighbour and the others are not concerned.
        assert_eq!(at("2001:db8::9", "fioman", PASSWORD).await, "too many 1");
        assert_eq!(at("2001:db8:0:1::9", "fioman", PASSWORD).await, "in");
        assert_eq!(at("192.0.2.7", "fioman", PASSWORD).await, "in");
        world.pass(1);
        assert_eq!(at("2001:db8::9", "fioman", PASSWORD).await, "in");
        // A success does not reset it.
        assert_eq!(at("2001:db8::9", "d", "guess").await, "wrong");
        assert_eq!(at("2001:db8::9", "d", "guess").await, "too many 2");
        world.pass(3_600);
        assert_eq!(at("2001:db8::9", "e", "guess").await, "wrong");
        assert_eq!(at("2001:db8::9", "e", "guess").await, "wrong");
        // An IPv4 address is the same when it comes mapped.
        for address in ["198.51.100.1", "::ffff:198.51.100.1", "198.51.100.1"] {
            assert_eq!(at(address, "f", "guess").await, "wrong");
        }
        assert_eq!(at("198.51.100.1", "f", "guess").await, "too many 1");
    });
}
