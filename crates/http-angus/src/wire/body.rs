//! Bodies: read leniently, then held against the limits that their types state.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use citizenry_http_kit::StrictJson;
use citizenry_identity::{Error, Number, Patch, Text};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::{
    error::{Fault, Own},
    ids,
    lenient::Lenient,
};

/// The most objects of one body.
const MOST_ITEMS: usize = 200;

/// A JSON object within the limits that its type states.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

/// A JSON array of at most 200 objects, each within the limits that its type states.
#[derive(Debug)]
pub(crate) struct BodyList<T>(pub(crate) Vec<T>);

/// A JSON array of `MIN` to `MAX` numbers of entities that differ.
#[derive(Debug)]
pub(crate) struct BodyIds<const MIN: usize, const MAX: usize>(pub(crate) Vec<Number>);

/// Reads the whole body of `request` into a `T`.
fn read<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: &mut Payload,
) -> LocalBoxFuture<'static, Result<T, Fault>> {
    let value = StrictJson::<Value>::from_request(request, payload);
    Box::pin(async move {
        let StrictJson(value) = value.await?;
        parse(value)
    })
}

/// Reads `value` into a `T`.
pub(crate) fn parse<T: DeserializeOwned>(value: Value) -> Result<T, Fault> {
    serde_path_to_error::deserialize(Lenient(value)).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "" } else { path.as_str() };
        Own::unreadable(field, &shortened(&error.inner().to_string())).into()
    })
}

/// `text` without what makes it long: reasons may quote what was sent.
fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for Body<T> {
    type Error = Fault;
    type Future = LocalBoxFuture<'static, Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read::<T>(request, payload);
        Box::pin(async move {
            let body = body.await?;
            checked(&body, "")?;
            Ok(Self(body))
        })
    }
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for BodyList<T> {
    type Error = Fault;
    type Future = LocalBoxFuture<'static, Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read::<Vec<T>>(request, payload);
        Box::pin(async move {
            let items = body.await?;
            if items.len() > MOST_ITEMS {
                return Err(Own::invalid("[]", "must be at most 200").into());
            }
            for (index, item) in items.iter().enumerate() {
                checked(item, &format!("[{index}]."))?;
            }
            Ok(Self(items))
        })
    }
}

impl<const MIN: usize, const MAX: usize> FromRequest for BodyIds<MIN, MAX> {
    type Error = Fault;
    type Future = LocalBoxFuture<'static, Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read::<Vec<i64>>(request, payload);
        Box::pin(async move {
            let numbers = body.await?;
            if !(MIN..=MAX).contains(&numbers.len()) {
                return Err(Own::invalid("[]", &format!("must be {MIN} to {MAX}")).into());
            }
            Ok(Self(ids::distinct("[]", &numbers)?))
        })
    }
}

/// Passes when `body` is within the limits that its type states; `prefix` stands before its fields.
pub(crate) fn checked(body: &impl Validate, prefix: &str) -> Result<(), Own> {
    body.validate().map_err(|errors| {
        let mut problems = Vec::new();
        flatten(&errors, prefix, &mut problems);
        problems.sort();
        let (field, reason) = problems.into_iter().next().unwrap_or_default();
        Own::invalid(&field, &reason)
    })
}

/// The fields that are out of their limits, by the names of the wire, and why.
fn flatten(errors: &ValidationErrors, prefix: &str, problems: &mut Vec<(String, String)>) {
    for (field, kind) in errors.errors() {
        let name = format!("{prefix}{}", wire_name(field));
        match kind {
            ValidationErrorsKind::Field(errors) => {
                problems.extend(errors.iter().map(|error| (name.clone(), reason(error))));
            }
            ValidationErrorsKind::Struct(inner) => flatten(inner, &format!("{name}."), problems),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    flatten(inner, &format!("{name}[{index}]."), problems);
                }
            }
        }
    }
}

/// The name of a field on the wire: `first_name` is `firstName` there.
fn wire_name(field: &str) -> String {
    let mut name = String::with_capacity(field.len());
    let mut raised = false;
    for letter in field.chars() {
        if letter == '_' {
            raised = true;
        } else if std::mem::take(&mut raised) {
            name.extend(letter.to_uppercase());
        } else {
            name.push(letter);
        }
    }
    // `r#type` of the code is `type` there.
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

fn reason(error: &validator::ValidationError) -> String {
    if let Some(message) = &error.message {
        return message.to_string();
    }
    let limit = |name| error.params.get(name).map(ToString::to_string);
    match (error.code.as_ref(), limit("min"), limit("max")) {
        ("required", _, _) => "must be there".to_owned(),
        (_, Some(min), Some(max)) => format!("must be {min} to {max} long"),
        (_, None, Some(max)) => format!("must be at most {max} long"),
        (_, Some(min), None) => format!("must be at least {min} long"),
        (_, None, None) => "is not of the form that is asked for".to_owned(),
    }
}

/// A text that was sent and is not blank.
pub(crate) fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// What a field that may be left out does to a text: blank empties it, absent or null keeps it.
pub(crate) fn text_patch<const MAX: usize>(
    field: &'static str,
    text: Option<String>,
) -> Result<Patch<Text<MAX>>, Error> {
    match text {
        None => Ok(Patch::Keep),
        Some(text) if text.trim().is_empty() => Ok(Patch::Clear),
        Some(text) => Text::parse(field, text).map(Patch::Set),
    }
}

/// What a field of a replacement does to a text: blank or absent empties it.
pub(crate) fn text_replaced<const MAX: usize>(
    field: &'static str,
    text: Option<String>,
) -> Result<Patch<Text<MAX>>, Error> {
    Ok(Text::optional(field, given(text))?.map_or(Patch::Clear, Patch::Set))
}

/// A required member that the type's limits have let pass.
pub(crate) fn required<T>(field: &str, value: Option<T>) -> Result<T, Own> {
    value.ok_or_else(|| Own::invalid(field, "must be there"))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(rename_all = "camelCase")]
    struct Person {
        #[validate(required)]
        id: Option<i64>,
        #[validate(length(max = 3))]
        first_name: Option<String>,
        #[validate(nested)]
        #[serde(default)]
        depts: Vec<Place>,
    }

    #[derive(Debug, Deserialize, Validate)]
    struct Place {
        #[validate(required)]
        id: Option<i64>,
    }

    fn read(value: Value) -> Result<(), (&'static str, Option<String>)> {
        let told = |fault| match fault {
            Fault::Own(own) => (own.key, own.detail),
            Fault::Refusal(refusal) => panic!("{refusal}"),
        };
        let person: Person = parse(value).map_err(told)?;
        checked(&person, "").map_err(|own| told(own.into()))
    }

    #[test]
    fn the_first_field_that_is_wrong_is_named_as_it_is_written() {
        let wrong = |value: Value| {
            let (key, detail) = read(value).unwrap_err();
            (key, detail.unwrap())
        };
        let validation = |detail: &str| ("param_validation_error", detail.to_owned());
        assert_eq!(wrong(json!({})), validation("id: must be there"));
        assert_eq!(
            wrong(json!({ "id": 1, "firstName": "James" })),
            validation("firstName: must be at most 3 long")
        );
        assert_eq!(
            wrong(json!({ "id": 1, "depts": [{ "id": 1 }, {}] })),
            validation("depts[1].id: must be there")
        );
        let (key, detail) = wrong(json!({ "id": 1, "depts": [{ "id": "x" }] }));
        assert_eq!(key, "param_parsing_error");
        assert!(detail.starts_with("depts[0].id: "), "{detail}");
        assert_eq!(wrong(json!([1])).0, "param_parsing_error");
        assert_eq!(read(json!({ "id": "7", "firstName": 123, "unknown": {} })), Ok(()));
    }
}
