use citizenry_authn::{
    CodeAddress, CodeCheck, CodePurpose, CodeRequest, LinkOwner, LinkReset, LinkSignIn,
    LinkedAccount, PasswordError, SignInError, UserKey,
};
use citizenry_identity::{
    Email, Error, EventKind, LockReason, LockWindow, PasswordPolicy, PasswordRule, Status, User,
};
use citizenry_storage::{MailKind, redeem_proof};
use citizenry_testkit::block_on;
use secrecy::{ExposeSecret as _, SecretString};

use super::world::{PASSWORD, World, from, phone, word};

pub(crate) fn mailbox(address: &str) -> CodeAddress {
    CodeAddress::Email(Email::parse(address).unwrap())
}

fn fioman() -> CodeAddress {
    mailbox("fioman@example.com")
}

/// Digits that are another code.
fn another(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

impl World {
    pub(crate) async fn ask_code(
        &self,
        purpose: CodePurpose,
        address: &CodeAddress,
    ) -> Result<(), Error> {
        let request = CodeRequest {
            tenant: self.tenant.id,
            purpose,
            address: address.clone(),
            locale: Some("zh-CN".to_owned()),
            origin: from("192.0.2.7"),
        };
        self.authn.send_code(request).await
    }

    /// The code of the one mail that was ordered.
    pub(crate) async fn mailed_code(&self, purpose: CodePurpose, address: &CodeAddress) -> String {
        self.ask_code(purpose, address).await.unwrap();
        let mails = self.mails().await;
        assert_eq!((mails.len(), mails[0].kind), (1, MailKind::OneTimeCode));
        mails[0].secret.clone().unwrap()
    }

    fn shown(&self, purpose: CodePurpose, address: &CodeAddress, code: &str) -> CodeCheck {
        CodeCheck {
            tenant: self.tenant.id,
            purpose,
            address: address.clone(),
            code: code.into(),
            origin: from("192.0.2.7"),
        }
    }

    pub(crate) async fn check(
        &self,
        purpose: CodePurpose,
        address: &CodeAddress,
        code: &str,
    ) -> Result<Vec<LinkedAccount>, Error> {
        self.authn.check_code(self.shown(purpose, address, code)).await
    }

    /// A link secret of the one account of an address.
    pub(crate) async fn linked(&self, purpose: CodePurpose, address: &CodeAddress) -> SecretString {
        let code = self.mailed_code(purpose, address).await;
        let mut accounts = self.check(purpose, address, &code).await.unwrap();
        assert_eq!(accounts.len(), 1);
        accounts.remove(0).link_secret
    }

    pub(crate) async fn link_in(
        &self,
        owner: LinkOwner,
        link_secret: &SecretString,
    ) -> Result<User, SignInError> {
        let request = LinkSignIn {
            tenant: self.tenant.id,
            owner,
            link_secret: link_secret.clone(),
            client: None,
            origin: from("192.0.2.7"),
        };
        self.authn.sign_in_with_link(request).await
    }

    async fn forget(
        &self,
        user: &User,
        link_secret: &SecretString,
        password: &str,
        policy: Option<PasswordPolicy>,
    ) -> Result<User, PasswordError> {
        let reset = LinkReset {
            tenant: self.tenant.id,
            user: UserKey::from(user.number),
            link_secret: link_secret.clone(),
            password: password.into(),
            policy,
        };
        self.authn.reset_password_with_link(reset, &from("192.0.2.7")).await
    }
}

fn is_wrong<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Invalid { field, .. }) if field == "verification_code")
}

#[test]
fn a_mailed_code_opens_the_way_in_once() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        world.ask_code(CodePurpose::SignIn, &mailbox("FIOMAN@example.com")).await.unwrap();
        let mails = world.mails().await;
        assert_eq!(mails[0].to, "fioman@example.com", "as its owner has written it");
        assert_eq!(
            (mails[0].locale.as_deref(), mails[0].valid_seconds),
            (Some("zh-CN"), Some(600))
        );
        let code = mails[0].secret.clone().unwrap();
        assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
        let accounts = world.check(CodePurpose::SignIn, &fioman(), &code).await.unwrap();
        assert_eq!(accounts.len(), 1);
        let account = &accounts[0];
        assert_eq!((account.user.id, account.tenant.id), (user.id, world.tenant.id));
        assert_eq!((account.has_password, account.expires_in), (true, 300));
        let secret = account.link_secret.expose_secret();
        assert!(secret.len() == 80 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(is_wrong(&world.check(CodePurpose::SignIn, &fioman(), &code).await));
        let owner = LinkOwner::Identifier("fioman".to_owned());
        let entered = world.link_in(owner.clone(), &account.link_secret).await.unwrap();
        assert_eq!((entered.id, entered.logins_count), (user.id, 1));
        assert!(world.stored(user.id).await.email_verified);
        let again = world.link_in(owner, &account.link_secret).await;
        assert!(matches!(again, Err(SignInError::Wrong)));
        assert_eq!(world.told(EventKind::USER_SIGNED_IN).await, 1);
        assert_eq!(world.told(EventKind::ONE_TIME_CODE_SENT).await, 1);
    });
}

#[test]
fn a_code_comes_as_a_text_message_too() {
    block_on(async {
        let world = World::new().await;
        let mut user = world.unsaved("fioman", &world.connection);
        user.phone = Some(phone("18600002222"));
        let user = world.add(user, &format!("$plain${PASSWORD}"), false).await;
        let address = CodeAddress::Phone(phone("+8618600002222"));
        world.ask_code(CodePurpose::SignIn, &address).await.unwrap();
        let texts = world.texts().await;
        assert_eq!((texts.len(), texts[0].to.as_str()), (1, "+8618600002222"));
        let text = &texts[0].text;
        assert!(text.starts_with("【default】验证码 ") && text.contains("10 分钟"), "{text}");
        let code: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take(6).collect();
        let accounts = world.check(CodePurpose::SignIn, &address, &code).await.unwrap();
        let owner = LinkOwner::Number(user.number);
        world.link_in(owner, &accounts[0].link_secret).await.unwrap();
        let stored = world.stored(user.id).await;
        assert!(stored.phone_verified && !stored.email_verified);
    });
}

#[test]
fn codes_expire_and_a_new_one_ends_the_one_before() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        let purpose = CodePurpose::SignIn;
        let first = world.mailed_code(purpose, &fioman()).await;
        let second = world.mailed_code(purpose, &fioman()).await;
        assert_ne!(first, second);
        assert!(is_wrong(&world.check(purpose, &fioman(), &first).await));
        world.pass(599);
        assert_eq!(world.check(purpose, &fioman(), &second).await.unwrap().len(), 1);
        let third = world.mailed_code(purpose, &fioman()).await;
        world.pass(600);
        assert!(is_wrong(&world.check(purpose, &fioman(), &third).await));
    });
}

#[test]
fn five_wrong_guesses_end_a_code() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        let purpose = CodePurpose::SignIn;
        for (guesses, is_good) in [(4, true), (5, false)] {
            let code = world.mailed_code(purpose, &fioman()).await;
            for _ in 0..guesses {
                assert!(is_wrong(&world.check(purpose, &fioman(), &another(&code)).await));
            }
            let result = world.check(purpose, &fioman(), &code).await;
            assert_eq!(result.is_ok(), is_good, "{guesses}");
        }
        let reasons = world.reasons(EventKind::USER_SIGN_IN_FAILED).await;
        assert_eq!(reasons, ["one_time_code"; 10]);
    });
}

#[test]
fn a_code_is_good_for_one_purpose_address_and_tenant() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        world.user("lilei").await;
        let code = world.mailed_code(CodePurpose::SignIn, &fioman()).await;
        let (purpose, other) = (CodePurpose::SignIn, mailbox("lilei@example.com"));
        let forgotten = world.check(CodePurpose::PasswordForget, &fioman(), &code).await;
        assert!(is_wrong(&forgotten));
        assert!(is_wrong(&world.check(CodePurpose::SignUp, &fioman(), &code).await));
        assert!(is_wrong(&world.check(purpose, &other, &code).await));
        for made_up in ["", "x", &"9".repeat(10_000)] {
            assert!(is_wrong(&world.check(purpose, &other, made_up).await));
        }
        let foreign = CodeCheck {
            tenant: citizenry_identity::Id::from_ulid(9.into()),
            ..world.shown(purpose, &fioman(), &code)
        };
        let refused = world.authn.check_code(foreign).await;
        assert!(matches!(refused, Err(Error::NotFound { .. })));
        assert!(world.check(purpose, &fioman(), &code).await.is_ok());
    });
}

#[test]
fn an_unknown_address_is_answered_alike_and_sent_nothing() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("suspended").await;
        world.change(user.id, |user, _| user.status = Status::Suspended).await;
        for address in ["nobody@example.com", "suspended@example.com"] {
            for purpose in [CodePurpose::SignIn, CodePurpose::PasswordForget] {
                let events = world.trail().await.len();
                world.ask_code(purpose, &mailbox(address)).await.unwrap();
                assert_eq!(world.trail().await.len(), events + 1, "{address}");
                assert!(world.mails().await.is_empty(), "{address}");
                assert!(is_wrong(&world.check(purpose, &mailbox(address), "000000").await));
            }
        }
        world
            .ask_code(CodePurpose::SignIn, &CodeAddress::Phone(phone("18600002222")))
            .await
            .unwrap();
        assert!(world.texts().await.is_empty());
    });
}

#[test]
fn sending_has_an_end_for_an_address_and_for_who_asks() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        for address in [fioman(), mailbox("nobody@example.com")] {
            for _ in 0..5 {
                world.ask_code(CodePurpose::SignIn, &address).await.unwrap();
            }
            let refused = world.ask_code(CodePurpose::SignUp, &address).await.unwrap_err();
            assert!(
                matches!(refused, Error::RateLimited { retry_after } if retry_after.as_secs() == 3_600)
            );
        }
        assert_eq!(world.mails().await.len(), 5);
        for number in 0..20 {
            let address = mailbox(&format!("nobody{number}@example.com"));
            world.ask_code(CodePurpose::SignIn, &address).await.unwrap();
        }
        let refused = world.ask_code(CodePurpose::SignIn, &mailbox("x@example.com")).await;
        assert!(matches!(refused, Err(Error::RateLimited { .. })));
        world.pass(3_600);
        world.ask_code(CodePurpose::SignIn, &fioman()).await.unwrap();
        assert_eq!(world.mails().await.len(), 1);
    });
}

#[test]
fn what_people_change_themselves_is_not_for_strangers() {
    block_on(async {
        let world = World::new().await;
        for purpose in [CodePurpose::ChangePhone, CodePurpose::ChangeEmail] {
            let refused = world.ask_code(purpose, &fioman()).await;
            assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "purpose"));
        }
    });
}

#[test]
fn a_link_secret_is_good_for_its_user_purpose_and_five_minutes() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let other = world.user("lilei").await;
        let wrong = async |owner: LinkOwner, secret: &SecretString| {
            matches!(world.link_in(owner, secret).await, Err(SignInError::Wrong))
        };
        let own = || LinkOwner::Number(user.number);
        let secret = world.linked(CodePurpose::SignIn, &fioman()).await;
        assert!(wrong(LinkOwner::Number(other.number), &secret).await);
        assert!(wrong(LinkOwner::Identifier("lilei".to_owned()), &secret).await);
        let no_reset = world.forget(&user, &secret, "a new password", None).await;
        assert!(matches!(no_reset, Err(PasswordError::TicketGone)));
        for made_up in ["", "x", &"x".repeat(10_000)] {
            assert!(wrong(own(), &(*made_up).into()).await);
        }
        world.pass(300);
        assert!(wrong(own(), &secret).await);
        let forgotten = world.linked(CodePurpose::PasswordForget, &fioman()).await;
        assert!(wrong(own(), &forgotten).await);
        let secret = world.linked(CodePurpose::SignIn, &fioman()).await;
        assert!(world.link_in(own(), &secret).await.is_ok());
    });
}

#[test]
fn failed_passwords_do_not_stop_a_code_and_an_administrator_does() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let own = || LinkOwner::Number(user.number);
        for _ in 0..5 {
            world.try_in("fioman", "guess").await.unwrap_err();
        }
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "locked 60");
        let secret = world.linked(CodePurpose::SignIn, &fioman()).await;
        world.link_in(own(), &secret).await.unwrap();
        let secret = world.linked(CodePurpose::SignIn, &fioman()).await;
        world
            .change(user.id, |user, moment| {
                let window = LockWindow { from: moment.now(), until: None };
                user.lock(LockReason::Admin, window, moment.now());
            })
            .await;
        let refused = world.link_in(own(), &secret).await;
        assert!(matches!(refused, Err(SignInError::Blocked)));
    });
}

#[test]
fn a_forgotten_password_is_replaced_once_under_the_rules_of_tenant_and_door() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let entered = world.signed_in("fioman").await;
        let secret = world.linked(CodePurpose::PasswordForget, &fioman()).await;
        let other = world.user("lilei").await;
        let foreign = world.forget(&other, &secret, "Another1-of-mine", None).await;
        assert!(matches!(foreign, Err(PasswordError::TicketGone)));
        let policy = || Some(PasswordPolicy { min_length: 12, ..PasswordPolicy::permissive() });
        let Err(PasswordError::Refused(rules)) =
            world.forget(&user, &secret, "only eleven", policy()).await
        else {
            panic!("not refused");
        };
        assert_eq!(rules, [PasswordRule::MinLength(12)]);
        let set = world.forget(&user, &secret, "Another1-of-mine", policy()).await.unwrap();
        assert!(set.email_verified);
        assert!(!world.opens(&entered.secret).await);
        assert_eq!(word(&world.try_in("fioman", "Another1-of-mine").await), "in");
        let again = world.forget(&user, &secret, "Yet-another1-one", None).await;
        assert!(matches!(again, Err(PasswordError::TicketGone)));
        assert_eq!(world.told(EventKind::PASSWORD_RESET).await, 1);
    });
}

#[test]
fn a_new_password_ends_the_link_secrets_before_it() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let secret = world.linked(CodePurpose::SignIn, &fioman()).await;
        let caller = world.himself(&user);
        let (old, new) = (PASSWORD.into(), "Another1-of-mine".into());
        world.authn.change_own_password(&caller, &old, &new, None).await.unwrap();
        let refused = world.link_in(LinkOwner::Number(user.number), &secret).await;
        assert!(matches!(refused, Err(SignInError::Wrong)));
    });
}

#[test]
fn a_code_to_sign_up_with_proves_the_address_until_the_account_is_made() {
    block_on(async {
        let world = World::new().await;
        let (purpose, address) = (CodePurpose::SignUp, mailbox("new@example.com"));
        let code = world.mailed_code(purpose, &address).await;
        assert!(world.check(purpose, &address, &code).await.unwrap().is_empty());
        let wrong = world.shown(purpose, &address, &another(&code));
        assert!(is_wrong(&world.authn.redeem_sign_up_code(wrong).await));
        let prove = || world.authn.redeem_sign_up_code(world.shown(purpose, &address, &code));
        let proof = prove().await.unwrap();
        assert_eq!((proof.tenant, &proof.address), (world.tenant.id, &address));
        assert_eq!(prove().await.unwrap(), proof, "looking is not using");
        let now = world.moment().now();
        let redeem = || {
            let proof = proof.clone();
            world
                .storage
                .transact::<_, Error, _>(async move |tx| redeem_proof(tx, &proof, now).await)
        };
        redeem().await.unwrap();
        assert!(is_wrong(&redeem().await));
        assert!(is_wrong(&prove().await));
    });
}

#[test]
fn a_password_lists_the_accounts_that_it_opens() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let accounts_of =
            |password: &str| world.authn.accounts_of(world.attempt("fioman", password));
        assert!(accounts_of("guess").await.unwrap().is_empty());
        let accounts = accounts_of(PASSWORD).await.unwrap();
        assert_eq!((accounts.len(), accounts[0].user.id), (1, user.id));
        assert_eq!(world.told(EventKind::USER_SIGNED_IN).await, 0, "it is no sign-in yet");
        let secret = &accounts[0].link_secret;
        world.link_in(LinkOwner::Number(user.number), secret).await.unwrap();
        assert!(!world.stored(user.id).await.email_verified, "a password proves no address");
        for _ in 0..4 {
            accounts_of("guess").await.unwrap();
        }
        let last = accounts_of("guess").await;
        assert!(matches!(last, Err(SignInError::LimitReached { .. })));
        assert!(matches!(accounts_of(PASSWORD).await, Err(SignInError::Locked { .. })));
    });
}

#[test]
fn nothing_secret_is_printed() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        let code = world.mailed_code(CodePurpose::SignIn, &fioman()).await;
        let check = world.shown(CodePurpose::SignIn, &fioman(), &code);
        assert!(!format!("{check:?}").contains(&code));
        let accounts = world.authn.check_code(check).await.unwrap();
        assert!(!format!("{accounts:?}").contains(accounts[0].link_secret.expose_secret()));
    });
}
