//! Bodies: how fields are read, and limits that the wire types state.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use citizenry_http_kit::{Object, Refusal, StrictJson};
use citizenry_identity::{Error, Metadata, Patch, Text};
use futures_util::future::LocalBoxFuture;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};
use validator::Validate;

/// A JSON body within the limits that its type states.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned + Validate + 'static> FromRequest for Body<T> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = StrictJson::<Object<T>>::from_request(request, payload);
        Box::pin(async move {
            let StrictJson(Object(body)) = body.await?;
            body.validate().map_err(|errors| refuse(&errors))?;
            Ok(Self(body))
        })
    }
}

/// Reads a list of objects.
pub(crate) fn objects<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let objects = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|Object(object)| object).collect())
}

/// Reads a list of objects that may be left out but not be null.
pub(crate) fn present_objects<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    objects(deserializer).map(Some)
}

/// The first field, by name, that is out of its limits.
fn refuse(errors: &validator::ValidationErrors) -> Refusal {
    let fields = errors.field_errors();
    let first = fields.iter().min_by(|(one, _), (other, _)| one.cmp(other));
    let Some((field, problems)) = first else {
        return Refusal::body(None, "a value is out of its limits");
    };
    let limits = problems.first().map(|problem| {
        let limit = |name| problem.params.get(name).map(ToString::to_string);
        match (limit("min"), limit("max")) {
            (Some(min), Some(max)) => format!("must be within {min} and {max}"),
            (None, Some(max)) => format!("must be at most {max} long"),
            (Some(min), None) => format!("must be at least {min} long"),
            (None, None) => "is out of its limits".to_owned(),
        }
    });
    Refusal::body(Some(field.to_string()), limits.unwrap_or_default())
}

/// Reads a field that may be left out but not be null.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Reads a field that may be left out, or null to empty it.
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// Reads a secret that may be left out but not be null.
pub(crate) fn secret<'de, D>(deserializer: D) -> Result<Option<SecretString>, D::Error>
where
    D: Deserializer<'de>,
{
    String::deserialize(deserializer).map(|text| Some(SecretString::from(text)))
}

/// A field of a PATCH that null or empty text empties.
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
pub(crate) fn text_patch<const MAX: usize>(
    field: &'static str,
    value: Option<Option<String>>,
) -> Result<Patch<Text<MAX>>, Error> {
    let value = value.map(|value| value.filter(|text| !text.is_empty()));
    Patch::from(value).try_map(|text| Text::parse(field, text))
}

/// Free data that may be left out.
pub(crate) fn metadata(
    field: &'static str,
    value: Option<Map<String, Value>>,
) -> Result<Metadata, Error> {
    Metadata::new(field, value.unwrap_or_default())
}
