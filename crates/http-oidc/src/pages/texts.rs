//! Every text of the pages and mails, complete in every language: a missing one does not compile.

use super::locale::Locale;

mod en;
mod zh_cn;

/// Declares [`Texts`] and the access to its fields by name.
macro_rules! texts {
    ($($(#[$documentation:meta])* $name:ident,)+) => {
        /// The words of the pages and mails in one language. `{name}` stands for a value that the
        /// page fills in.
        #[derive(Debug, Clone, Copy)]
        pub struct Texts<'a> {
            $($(#[$documentation])* pub $name: &'a str,)+
        }

        impl<'a> Texts<'a> {
            /// The names of all texts.
            pub fn names() -> &'static [&'static str] {
                &[$(stringify!($name)),+]
            }

            /// Replaces the text called `name`; nothing happens if there is none.
            pub(super) fn set(&mut self, name: &str, text: &'a str) {
                match name {
                    $(stringify!($name) => self.$name = text,)+
                    _ => {}
                }
            }

            /// All texts in the order of [`Texts::names`].
            #[cfg(test)]
            fn all(&self) -> Vec<&'a str> {
                vec![$(self.$name),+]
            }
        }
    };
}

texts! {
    /// The language switch, for screen readers.
    language,
    /// Before the title of a page that was sent back with errors.
    error_prefix,
    /// Above the list of what is wrong with a form.
    problem_heading,
    /// The form was open too long or came from elsewhere.
    form_expired,
    /// Too many attempts, without a time.
    too_many_attempts,
    /// Too many attempts, with the time to wait.
    too_many_attempts_wait,
    /// The server has too much to do.
    busy,
    /// A button that goes on.
    continue_label,
    /// A button that gives up.
    cancel,
    /// A link.
    back_to_sign_in,
    /// A link to an application.
    back_to,
    /// A link to an application's policy.
    privacy_policy,
    /// A link to an application's terms.
    terms_of_service,
    /// Who is signed in.
    signed_in_as,
    /// A link to sign in as somebody else.
    use_another_account,
    /// Between two ways to sign in.
    or,
    /// A time.
    one_second,
    /// A time.
    seconds,
    /// A time.
    one_minute,
    /// A time.
    minutes,
    /// A time.
    one_hour,
    /// A time.
    hours,
    /// A time.
    one_day,
    /// A time.
    days,
    /// A field.
    email,
    /// A field.
    username,
    /// A field.
    phone_number,
    /// A field.
    email_or_username,
    /// A field.
    email_or_phone,
    /// A field.
    username_or_phone,
    /// A field.
    email_username_or_phone,
    /// A field.
    password,
    /// A field.
    new_password,
    /// Behind the name of a field that may stay empty.
    optional,
    /// Below the field for a phone number.
    phone_number_hint,
    /// A field's problem.
    required_email,
    /// A field's problem.
    required_username,
    /// A field's problem.
    required_phone_number,
    /// A field's problem.
    required_password,
    /// A field's problem.
    invalid_email,
    /// A field's problem.
    invalid_username,
    /// A field's problem.
    invalid_phone_number,
    /// A field's problem.
    taken_email,
    /// A field's problem.
    taken_username,
    /// A field's problem.
    taken_phone_number,
    /// Above the rules for a password.
    rules_heading,
    /// A rule.
    rule_min_length,
    /// A rule.
    rule_max_length,
    /// A rule.
    rule_lowercase,
    /// A rule.
    rule_uppercase,
    /// A rule.
    rule_digit,
    /// A rule.
    rule_symbol,
    /// A rule.
    rule_classes,
    /// A rule.
    rule_ascii,
    /// A rule.
    rule_cased,
    /// A rule.
    rule_ends,
    /// A rule.
    rule_distinct,
    /// A rule.
    rule_identical,
    /// A rule.
    rule_history,
    /// A rule.
    rule_common,
    /// A rule.
    rule_personal,
    /// A rule.
    rule_strength,
    /// A broken rule.
    broken_min_length,
    /// A broken rule.
    broken_max_length,
    /// A broken rule.
    broken_lowercase,
    /// A broken rule.
    broken_uppercase,
    /// A broken rule.
    broken_digit,
    /// A broken rule.
    broken_symbol,
    /// A broken rule.
    broken_classes,
    /// A broken rule.
    broken_ascii,
    /// A broken rule.
    broken_cased,
    /// A broken rule.
    broken_ends,
    /// A broken rule.
    broken_distinct,
    /// A broken rule.
    broken_identical,
    /// A broken rule.
    broken_history,
    /// A broken rule.
    broken_common,
    /// A broken rule.
    broken_personal,
    /// A broken rule.
    broken_strength,
    /// The sign-in page.
    sign_in_title,
    /// The sign-in page, for an application.
    sign_in_lead,
    /// A button.
    sign_in_button,
    /// A link.
    forgot_password,
    /// Before the link to the sign-up page.
    no_account,
    /// A link.
    sign_up_link,
    /// One answer for unknown people and wrong passwords.
    wrong_credentials,
    /// The password was right, but the account may not be used.
    account_unavailable,
    /// The password was right, but the email address is not verified.
    email_unverified,
    /// After a new password was set.
    notice_password_changed,
    /// After an email address was verified.
    notice_email_verified,
    /// When a client asks for a fresh sign-in.
    notice_sign_in_again,
    /// The sign-up page.
    sign_up_title,
    /// The sign-up page, for an application.
    sign_up_lead,
    /// A button.
    sign_up_button,
    /// Before the link to the sign-in page.
    have_account,
    /// A link.
    sign_in_link,
    /// Sign-up is not possible.
    sign_up_refused,
    /// The consent page.
    consent_title,
    /// The consent page.
    consent_lead,
    /// The heading of scopes that concern the person.
    your_account,
    /// Below the list of scopes.
    consent_trust,
    /// A button.
    allow,
    /// A button.
    deny,
    /// A standard scope.
    scope_openid,
    /// A standard scope.
    scope_profile,
    /// A standard scope.
    scope_email,
    /// A standard scope.
    scope_phone,
    /// A standard scope.
    scope_address,
    /// A standard scope.
    scope_offline_access,
    /// The page that asks for a reset mail.
    reset_title,
    /// The page that asks for a reset mail.
    reset_lead,
    /// A button.
    reset_button,
    /// After a reset mail was asked for.
    reset_sent_title,
    /// After a reset mail was asked for: the same words whether or not there is an account.
    reset_sent_body,
    /// The page for a new password.
    new_password_title,
    /// The page for a new password.
    new_password_lead,
    /// A button.
    new_password_button,
    /// After a new password was set.
    new_password_done_title,
    /// After a new password was set.
    new_password_done_body,
    /// A ticket that is used, old or unknown.
    link_expired_title,
    /// A ticket that is used, old or unknown.
    link_expired_body,
    /// A button.
    ask_again,
    /// The page that verifies an email address.
    verify_title,
    /// The page that verifies an email address.
    verify_lead,
    /// A button.
    verify_button,
    /// After an email address was verified.
    verify_done_title,
    /// After an email address was verified.
    verify_done_body,
    /// The page for a device's code.
    device_title,
    /// The page for a device's code.
    device_lead,
    /// A field.
    device_code,
    /// A field's problem.
    device_unknown_code,
    /// The page that confirms a device.
    device_confirm_title,
    /// The page that confirms a device.
    device_confirm_lead,
    /// After a device was allowed.
    device_done_title,
    /// After a device was allowed.
    device_done_body,
    /// After a device was denied.
    device_denied_title,
    /// After a device was denied.
    device_denied_body,
    /// The page that asks before a logout.
    logout_title,
    /// The page that asks before a logout.
    logout_lead,
    /// A button.
    logout_button,
    /// A link.
    stay,
    /// After a logout.
    logged_out_title,
    /// After a logout.
    logged_out_body,
    /// The error page.
    error_title,
    /// The error page.
    error_lead,
    /// The error page.
    error_code,
    /// The error page.
    error_description,
    /// The error page.
    error_request,
    /// The page that sends a client its answer.
    form_post_title,
    /// The page that sends a client its answer, where scripts do not run.
    form_post_lead,
    /// The page inside an application's frame.
    web_message_title,
    /// At the end of a mail.
    mail_ignore,
    /// Below a mail's button.
    mail_link_hint,
    /// How long a mail's link works.
    mail_valid_for,
    /// A mail's first line.
    mail_greeting,
    /// A mail's first line where no name is known.
    mail_greeting_nobody,
    /// The reset mail.
    mail_reset_subject,
    /// The reset mail.
    mail_reset_body,
    /// The reset mail.
    mail_reset_button,
    /// The verification mail.
    mail_verify_subject,
    /// The verification mail.
    mail_verify_body,
    /// The verification mail.
    mail_verify_button,
    /// After a password was changed.
    mail_changed_subject,
    /// After a password was changed.
    mail_changed_body,
    /// After a password was changed.
    mail_changed_warning,
    /// After a password was changed.
    mail_changed_button,
    /// After an import of users. `{inserted}`, `{updated}` and `{failed}` are counts of rows.
    mail_import_subject,
    /// After an import of users.
    mail_import_body,
    /// The mail with a code.
    mail_code_subject,
    /// The mail with a code.
    mail_code_body,
    /// The mail with a code.
    mail_code_valid_for,
    /// The mail with a password that is good for a while.
    mail_temporary_subject,
    /// The mail with a password that is good for a while.
    mail_temporary_body,
    /// The mail with a password that is good for a while.
    mail_temporary_valid_for,
    /// The mail with a password that is good for a while.
    mail_temporary_warning,
}

/// The texts of a language.
pub(super) fn of(locale: Locale) -> &'static Texts<'static> {
    match locale {
        Locale::En => &en::TEXTS,
        Locale::ZhCn => &zh_cn::TEXTS,
    }
}

/// `text` with every `{name}` replaced. Values are not looked at again, so a value that holds
/// `{name}` stays as it is.
pub(super) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after.split_once('}').and_then(|(name, behind)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((*value, behind))
        });
        if let Some((value, behind)) = value {
            filled.push_str(value);
            rest = behind;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

/// A length of time in words, in the largest unit that does not overstate it by much.
pub(super) fn time_in_words(texts: &Texts<'_>, seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    let (count, one, many) = if seconds < 60 {
        (seconds.max(1), texts.one_second, texts.seconds)
    } else if minutes < 120 && minutes != 60 {
        (minutes, texts.one_minute, texts.minutes)
    } else if minutes < 48 * 60 && minutes != 24 * 60 {
        (minutes / 60, texts.one_hour, texts.hours)
    } else {
        (minutes / (24 * 60), texts.one_day, texts.days)
    };
    if count == 1 { one.to_owned() } else { fill(many, &[("count", &count.to_string())]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<String> {
        let mut places: Vec<String> = text
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}'))
            .map(|(name, _)| name.to_owned())
            .collect();
        places.sort();
        places
    }

    #[test]
    fn both_languages_fill_in_the_same_values() {
        let (english, chinese) = (of(Locale::En).all(), of(Locale::ZhCn).all());
        for ((name, en), zh) in Texts::names().iter().zip(english).zip(chinese) {
            assert_eq!(places(en), places(zh), "{name}");
            assert!(!en.trim().is_empty() && !zh.trim().is_empty(), "{name}");
            assert!(en.is_ascii() || en.contains(['–', '…']), "{name}: {en}");
            assert!(!zh.is_ascii(), "{name}: {zh}");
        }
    }

    #[test]
    fn a_value_is_filled_in_once() {
        assert_eq!(fill("a {x} b {y}", &[("x", "{y}"), ("y", "2")]), "a {y} b 2");
        assert_eq!(fill("{x {unknown} {", &[("x", "1")]), "{x {unknown} {");
    }

    #[test]
    fn times_are_put_into_words() {
        let (en, zh) = (of(Locale::En), of(Locale::ZhCn));
        for (seconds, expected) in [
            (0, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (61, "2 minutes"),
            (5400, "90 minutes"),
            (3600, "1 hour"),
            (7200, "2 hours"),
            (86_400, "1 day"),
            (5 * 86_400, "5 days"),
        ] {
            assert_eq!(time_in_words(en, seconds), expected, "{seconds}");
        }
        assert_eq!(time_in_words(zh, 1800), "30 分钟");
    }
}
