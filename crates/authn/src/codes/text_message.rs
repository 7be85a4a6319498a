//! The text messages that carry codes, in every language.

use secrecy::{ExposeSecret as _, SecretString};

/// How many characters of a tenant's name a message says: the rest would make it two.
const MAX_NAME: usize = 24;

/// What the message with a code says, in the first of the `wanted` languages (BCP 47) that there is;
/// English without one.
pub(super) fn text<'a>(
    wanted: impl IntoIterator<Item = &'a str>,
    tenant: &str,
    code: &SecretString,
    minutes: u32,
) -> String {
    let code = code.expose_secret();
    let tenant: String = tenant.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    let language = wanted.into_iter().map(primary).find(|it| matches!(it.as_str(), "en" | "zh"));
    match language.as_deref() {
        Some("zh") => {
            format!("【{tenant}】验证码 {code}，{minutes} 分钟内有效。请勿将验证码告知他人。")
        }
        _ => format!(
            "{tenant}: your code is {code}. It works once, for {minutes} minutes. Tell it to nobody."
        ),
    }
}

/// The language of a tag, without script and region.
fn primary(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(wanted: &[&str], tenant: &str) -> String {
        text(wanted.iter().copied(), tenant, &"042137".into(), 10)
    }

    #[test]
    fn it_speaks_the_first_language_that_it_knows() {
        let english =
            "Acme: your code is 042137. It works once, for 10 minutes. Tell it to nobody.";
        let chinese = "【Acme】验证码 042137，10 分钟内有效。请勿将验证码告知他人。";
        for (wanted, expected) in [
            (&["zh-CN"][..], chinese),
            (&["zh_Hans"], chinese),
            (&["fr", "zh"], chinese),
            (&["en-GB", "zh"], english),
            (&["", "fr"], english),
            (&[], english),
        ] {
            assert_eq!(say(wanted, "Acme"), expected, "{wanted:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_and_breaks_no_line() {
        let text = say(&["en"], &format!("A\n{}", "x".repeat(100)));
        assert!(text.starts_with(&format!("A{}: your", "x".repeat(23))), "{text}");
    }
}
