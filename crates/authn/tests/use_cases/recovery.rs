use citizenry_authn::PasswordError;
use citizenry_identity::{Email, Error, EventKind, PasswordRule, Status, User};
use citizenry_storage::{MailKind, MailOrder};
use citizenry_testkit::block_on;
use secrecy::{ExposeSecret as _, SecretString};

use super::world::{PASSWORD, World, from, word};

impl World {
    async fn ask(&self, email: &str) -> Result<(), Error> {
        let tenant = self.tenant.id;
        self.authn
            .request_password_reset(tenant, None, email, Some("zh-CN"), &from("192.0.2.7"))
            .await
    }

    /// The ticket of the one mail that was ordered.
    async fn reset_ticket(&self, email: &str) -> SecretString {
        self.ask(email).await.unwrap();
        let mails = self.mails().await;
        assert_eq!(mails.len(), 1);
        ticket(&mails[0])
    }

    async fn reset(&self, ticket: &SecretString, password: &str) -> Result<User, PasswordError> {
        let (tenant, origin) = (self.tenant.id, from("192.0.2.7"));
        self.authn.reset_password(tenant, ticket, password.into(), &origin).await
    }
}

pub(crate) fn ticket(mail: &MailOrder) -> SecretString {
    mail.link.as_ref().unwrap().rsplit_once('/').unwrap().1.into()
}

#[test]
fn a_mailed_ticket_sets_a_new_password_once() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let entered = world.signed_in("fioman").await;
        world.ask("FIOMAN@example.com").await.unwrap();
        let mails = world.mails().await;
        assert_eq!(mails[0].kind, MailKind::PasswordReset);
        assert_eq!(mails[0].to, "fioman@example.com");
        assert_eq!(mails[0].locale.as_deref(), Some("zh-CN"));
        assert_eq!(mails[0].valid_seconds, Some(3_600));
        let link = mails[0].link.clone().unwrap();
        assert!(link.starts_with("https://id.example.com/u/reset/"), "{link}");
        let ticket = ticket(&mails[0]);
        assert!(ticket.expose_secret().len() >= 43);
        let shown = world.authn.reset_ticket(world.tenant.id, &ticket).await.unwrap();
        assert_eq!(shown.unwrap().id, user.id);
        world.pass(1);
        let set = world.reset(&ticket, "a new password").await.unwrap();
        assert!(set.email_verified && world.stored(user.id).await.email_verified);
        assert!(!world.opens(&entered.secret).await);
        assert!(matches!(world.reset(&ticket, "another").await, Err(PasswordError::TicketGone)));
        assert!(world.authn.reset_ticket(world.tenant.id, &ticket).await.unwrap().is_none());
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "wrong");
        assert_eq!(word(&world.try_in("fioman", "a new password").await), "in");
        let told = world.mails().await;
        assert_eq!((told.len(), told[0].kind), (1, MailKind::PasswordChanged));
        assert_eq!(world.told(EventKind::PASSWORD_RESET).await, 1);
    });
}

#[test]
fn a_ticket_expires_and_a_later_one_ends_it() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        let first = world.reset_ticket("fioman@example.com").await;
        let second = world.reset_ticket("fioman@example.com").await;
        assert!(matches!(
            world.reset(&first, "a new password").await,
            Err(PasswordError::TicketGone)
        ));
        world.pass(3_600);
        assert!(matches!(
            world.reset(&second, "a new password").await,
            Err(PasswordError::TicketGone)
        ));
        let third = world.reset_ticket("fioman@example.com").await;
        let foreign = citizenry_identity::Id::from_ulid(9.into());
        assert!(world.authn.reset_ticket(foreign, &third).await.unwrap().is_none());
        for made_up in ["", "x", &"x".repeat(10_000)] {
            let result = world.reset(&(*made_up).into(), "a new password").await;
            assert!(matches!(result, Err(PasswordError::TicketGone)));
        }
        world.reset(&third, "a new password").await.unwrap();
    });
}

#[test]
fn a_refused_password_names_the_rules_and_keeps_the_ticket() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        let ticket = world.reset_ticket("fioman@example.com").await;
        let Err(PasswordError::Refused(rules)) = world.reset(&ticket, "short").await else {
            panic!("not refused");
        };
        assert_eq!(rules, [PasswordRule::MinLength(8)]);
        assert!(matches!(
            world.reset(&ticket, &"x".repeat(5_000)).await,
            Err(PasswordError::Other(Error::Invalid { .. }))
        ));
        world.reset(&ticket, "long enough").await.unwrap();
    });
}

#[test]
fn former_passwords_do_not_come_again_as_long_as_the_policy_says() {
    block_on(async {
        let world = World::new().await;
        world.set_tenant(|tenant| tenant.settings.password_policy.history = 3).await;
        world.user("fioman").await;
        let set = async |password: &str| {
            world.pass(3_600);
            let ticket = world.reset_ticket("fioman@example.com").await;
            let result = world.reset(&ticket, password).await;
            world.mails().await;
            result.map(drop)
        };
        let refused = |result: Result<(), PasswordError>| {
            let Err(PasswordError::Refused(rules)) = result else { return false };
            rules == [PasswordRule::NotRecent(3)]
        };
        assert!(refused(set(PASSWORD).await), "the present one counts");
        set("the second one").await.unwrap();
        set("the third one").await.unwrap();
        for former in [PASSWORD, "the second one", "the third one"] {
            assert!(refused(set(former).await), "{former}");
        }
        set("the fourth one").await.unwrap();
        set(PASSWORD).await.unwrap();
    });
}

#[test]
fn a_new_password_lifts_the_lock_of_failed_attempts() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        for _ in 0..5 {
            world.try_in("fioman", "guess").await.unwrap_err();
        }
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "locked 60");
        let ticket = world.reset_ticket("fioman@example.com").await;
        world.reset(&ticket, "a new password").await.unwrap();
        assert!(world.stored(user.id).await.locks.is_empty());
        assert_eq!(word(&world.try_in("fioman", "a new password").await), "in");
        for _ in 0..5 {
            assert_eq!(word(&world.try_in("fioman", "guess").await), "wrong");
        }
    });
}

#[test]
fn who_may_not_sign_in_gets_no_mail_and_his_ticket_is_gone() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let ticket = world.reset_ticket("fioman@example.com").await;
        world.change(user.id, |user, _| user.status = Status::Suspended).await;
        let refused = world.reset(&ticket, "a new password").await;
        assert!(matches!(refused, Err(PasswordError::TicketGone)));
        world.ask("fioman@example.com").await.unwrap();
        assert!(world.mails().await.is_empty());
    });
}

#[test]
fn an_unknown_address_is_answered_alike_and_gets_nothing() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        for email in ["nobody@example.com", "fioman", "", "x@"] {
            let events = world.trail().await.len();
            world.ask(email).await.unwrap();
            assert_eq!(world.trail().await.len(), events + 1, "{email}");
            assert!(world.mails().await.is_empty(), "{email}");
        }
    });
}

#[test]
fn nobody_gets_more_than_five_mails_an_hour() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        for _ in 0..8 {
            world.ask("fioman@example.com").await.unwrap();
        }
        assert_eq!(world.mails().await.len(), 5);
        world.pass(3_600);
        world.ask("fioman@example.com").await.unwrap();
        assert_eq!(world.mails().await.len(), 1);
    });
}

#[test]
fn an_address_that_asks_for_many_mails_is_slowed_down() {
    block_on(async {
        let world = World::new().await;
        for number in 0..50 {
            world.ask(&format!("nobody{number}@example.com")).await.unwrap();
        }
        let refused = world.ask("fioman@example.com").await.unwrap_err();
        assert!(
            matches!(refused, Error::RateLimited { retry_after } if retry_after.as_secs() == 60)
        );
        world.pass(60);
        world.ask("fioman@example.com").await.unwrap();
    });
}

async fn verification(world: &World, user: &User) -> SecretString {
    let (tenant, origin) = (world.tenant.id, from("192.0.2.7"));
    world.authn.request_email_verification(tenant, user.id, None, &origin).await.unwrap();
    let mails = world.mails().await;
    assert_eq!((mails.len(), mails[0].kind), (1, MailKind::EmailVerification));
    assert!(mails[0].link.as_ref().unwrap().starts_with("https://id.example.com/u/verify/"));
    ticket(&mails[0])
}

#[test]
fn a_mailed_ticket_verifies_the_address_once() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let (tenant, origin) = (world.tenant.id, from("192.0.2.7"));
        let ticket = verification(&world, &user).await;
        let shown = world.authn.verification_ticket(tenant, &ticket).await.unwrap();
        assert_eq!(shown.unwrap().id, user.id);
        assert!(!world.stored(user.id).await.email_verified, "looking is not using");
        // A ticket of one kind is none of another.
        assert!(matches!(
            world.reset(&ticket, "long enough").await,
            Err(PasswordError::TicketGone)
        ));
        let verified = world.authn.verify_email(tenant, &ticket, &origin).await.unwrap();
        assert!(verified.unwrap().email_verified && world.stored(user.id).await.email_verified);
        assert!(world.authn.verify_email(tenant, &ticket, &origin).await.unwrap().is_none());
        assert_eq!(world.told(EventKind::EMAIL_VERIFIED).await, 1);
        world.authn.request_email_verification(tenant, user.id, None, &origin).await.unwrap();
        assert!(world.mails().await.is_empty(), "it is verified already");
    });
}

#[test]
fn a_ticket_verifies_no_other_address_than_the_one_it_was_mailed_to() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let (tenant, origin) = (world.tenant.id, from("192.0.2.7"));
        let ticket = verification(&world, &user).await;
        world
            .change(user.id, |user, _| user.email = Some(Email::parse("new@example.com").unwrap()))
            .await;
        assert!(world.authn.verification_ticket(tenant, &ticket).await.unwrap().is_none());
        assert!(world.authn.verify_email(tenant, &ticket, &origin).await.unwrap().is_none());
        assert!(!world.stored(user.id).await.email_verified);
        let reset = world.reset_ticket("new@example.com").await;
        world
            .change(user.id, |user, _| user.email = Some(Email::parse("x@example.com").unwrap()))
            .await;
        assert!(!world.reset(&reset, "a new password").await.unwrap().email_verified);
    });
}

#[test]
fn verification_mails_have_an_end_too() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let (tenant, origin) = (world.tenant.id, from("192.0.2.7"));
        let ask = || world.authn.request_email_verification(tenant, user.id, None, &origin);
        for _ in 0..5 {
            ask().await.unwrap();
        }
        assert!(matches!(ask().await, Err(Error::RateLimited { .. })));
        assert_eq!(world.mails().await.len(), 5);
        let nobody = citizenry_identity::Id::from_ulid(9.into());
        let unknown = world.authn.request_email_verification(tenant, nobody, None, &origin).await;
        assert!(matches!(unknown, Err(Error::NotFound { .. })));
    });
}
