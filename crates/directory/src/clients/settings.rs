//! Partial changes of documents of settings.

use citizenry_identity::{ClientSettings, Error};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// The settings with `members` replaced; null resets one. Members of `oidc` are replaced one by
/// one, but for the token that a client manages its own registration with: it is nobody else's.
///
/// # Errors
/// `Invalid` on a member of the wrong type or out of its limits.
pub(super) fn changed(
    settings: &ClientSettings,
    mut members: Map<String, Value>,
) -> Result<ClientSettings, Error> {
    let oidc = match members.remove("oidc") {
        Some(Value::Object(mut oidc)) => {
            oidc.remove("registration_token_hash");
            replaced(&settings.oidc, oidc)?
        }
        Some(_) => return Err(Error::invalid("oidc", "must be an object")),
        None => settings.oidc.clone(),
    };
    let settings = replaced(settings, members)?;
    ClientSettings { oidc, ..settings }.checked()
}

/// A document with `members` put in at its first level; null takes one out, so that it has its
/// default. What the document has no member for goes to its member `other`.
///
/// # Errors
/// `Invalid` on a member of the wrong type.
pub(crate) fn replaced<T: Serialize + DeserializeOwned + Default>(
    document: &T,
    members: Map<String, Value>,
) -> Result<T, Error> {
    let known = object_of(&T::default())?;
    let mut object = object_of(document)?;
    let mut other = match object.remove("other") {
        Some(Value::Object(other)) => other,
        _ => Map::new(),
    };
    for (name, value) in members {
        let into = if known.contains_key(&name) { &mut object } else { &mut other };
        if value.is_null() {
            into.remove(&name);
        } else {
            check_type::<T>(&name, &value, known.contains_key(&name))?;
            into.insert(name, value);
        }
    }
    object.insert("other".to_owned(), Value::Object(other));
    serde_json::from_value(Value::Object(object)).map_err(Error::internal)
}

fn object_of<T: Serialize>(document: &T) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(document).map_err(Error::internal)? {
        Value::Object(object) => Ok(object),
        _ => Err(Error::internal("settings are no object")),
    }
}

/// Tries the member alone, so that the error can name it.
fn check_type<T: DeserializeOwned>(name: &str, value: &Value, known: bool) -> Result<(), Error> {
    if !known {
        return Ok(());
    }
    let alone = Map::from_iter([(name.to_owned(), value.clone())]);
    match serde_json::from_value::<T>(Value::Object(alone)) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::invalid(name.to_owned(), error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn members_are_replaced_reset_and_kept_aside() {
        let settings = ClientSettings {
            description: Some("old".into()),
            grant_types: Some(vec!["implicit".into()]),
            ..ClientSettings::default()
        };
        let change = json!({"description": null, "grant_types": ["password"], "sso": true});
        let settings = changed(&settings, members(&change)).unwrap();
        assert_eq!(settings.description, None);
        assert_eq!(settings.grant_types, Some(vec!["password".to_owned()]));
        assert_eq!(settings.other.get("sso"), Some(&json!(true)));
        let settings = changed(&settings, members(&json!({"sso": null}))).unwrap();
        assert!(settings.other.is_empty());
    }

    #[test]
    fn what_the_protocols_know_is_replaced_one_by_one() {
        let mut settings = ClientSettings::default();
        settings.oidc.jwks_uri = Some("https://a.example/keys".into());
        settings.oidc.refresh_token_grace = Some(5);
        settings.oidc.registration_token_hash = Some("hash".into());
        let change = json!({ "oidc": {
            "jwks_uri": null, "require_pkce": true, "registration_token_hash": null,
        } });
        let changed_settings = changed(&settings, members(&change)).unwrap();
        settings.oidc.jwks_uri = None;
        settings.oidc.require_pkce = true;
        assert_eq!(changed_settings, settings);
        let change = json!({ "oidc": { "require_pkce": "yes" } });
        let error = changed(&settings, members(&change)).unwrap_err();
        assert!(matches!(error, Error::Invalid { field, .. } if field == "require_pkce"));
    }

    #[test]
    fn a_member_of_the_wrong_type_is_named() {
        let change = json!({"grant_types": "password"});
        let error = changed(&ClientSettings::default(), members(&change)).unwrap_err();
        assert!(matches!(error, Error::Invalid { field, .. } if field == "grant_types"));
    }
}
