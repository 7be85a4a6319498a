//! What the tenant's pages look like, on the wire.
//!
//! `favicon_url` and `font` are kept as they came: the pages have neither.

use citizenry_identity::{BrandingSettings, Error, PageGradient, WebUrl};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use validator::Validate;

use super::body::nullable;

/// Changes of what the pages look like. Null resets a setting to its default.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
pub(crate) struct UpdateBranding {
    /// The logo's URL; empty for none.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    logo_url: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    favicon_url: Option<Option<String>>,
    /// `primary`: `#rrggbb`; `page_background`: `#rrggbb`, or
    /// `{type: linear-gradient, start, end, angle_deg}`. What is left out stays.
    #[serde(default, deserialize_with = "nullable", skip_serializing)]
    #[schema(value_type = Option<Map<String, Value>>)]
    colors: Option<Option<Map<String, Value>>>,
    /// `url`.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    font: Option<Option<Map<String, Value>>>,
}

impl UpdateBranding {
    /// The settings that were sent, as the model names them.
    pub(crate) fn changes(mut self) -> Result<Map<String, Value>, Error> {
        for (field, url) in
            [("logo_url", &mut self.logo_url), ("favicon_url", &mut self.favicon_url)]
        {
            match url {
                // An empty one empties it at Auth0.
                Some(text) if text.as_deref() == Some("") => *text = None,
                Some(Some(text)) => _ = WebUrl::parse(field, text)?,
                _ => {}
            }
        }
        let colors = match self.colors.take() {
            None => Map::new(),
            Some(colors) => colors_of(colors)?,
        };
        let mut members = match serde_json::to_value(&self).map_err(Error::internal)? {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        members.extend(colors);
        Ok(members)
    }
}

/// The colours, as the model names them; null resets them all.
fn colors_of(colors: Option<Map<String, Value>>) -> Result<Map<String, Value>, Error> {
    let nothing = || {
        Map::from_iter([
            ("primary".to_owned(), Value::Null),
            ("page_background".to_owned(), Value::Null),
        ])
    };
    let mut members = Map::new();
    for (name, value) in colors.unwrap_or_else(nothing) {
        match name.as_str() {
            "primary" => {
                members.insert("primary_colour".to_owned(), colour("colors.primary", value)?);
            }
            "page_background" => {
                let (plain, gradient) = match value {
                    Value::Object(members) => (Value::Null, gradient(members)?),
                    plain => (colour("colors.page_background", plain)?, Value::Null),
                };
                members.insert("page_background".to_owned(), plain);
                members.insert("page_gradient".to_owned(), gradient);
            }
            other => return Err(Error::invalid(format!("colors.{other}"), "is unknown")),
        }
    }
    Ok(members)
}

/// A colour, or null.
fn colour(field: &'static str, value: Value) -> Result<Value, Error> {
    let digits = value.as_str().and_then(|text| text.strip_prefix('#'));
    let is_colour =
        |digits: &str| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if value.is_null() || digits.is_some_and(is_colour) {
        Ok(value)
    } else {
        Err(Error::invalid(field, "must be #rrggbb"))
    }
}

fn gradient(mut members: Map<String, Value>) -> Result<Value, Error> {
    let kind = members.remove("type");
    if kind.as_ref().is_none_or(|kind| kind != "linear-gradient") {
        return Err(Error::invalid("colors.page_background.type", "must be linear-gradient"));
    }
    let mut end = |name: &str, field: &'static str| match members.remove(name) {
        Some(value) if !value.is_null() => colour(field, value),
        _ => Err(Error::invalid(field, "is required")),
    };
    let start = end("start", "colors.page_background.start")?;
    let end = end("end", "colors.page_background.end")?;
    let angle = members.remove("angle_deg").unwrap_or(json!(0));
    let Some(angle) = angle.as_u64().filter(|angle| (0..=360).contains(angle)) else {
        let field = "colors.page_background.angle_deg";
        return Err(Error::invalid(field, "must be a whole number from 0 to 360"));
    };
    if let Some((name, _)) = members.into_iter().next() {
        return Err(Error::invalid(format!("colors.page_background.{name}"), "is unknown"));
    }
    Ok(json!({ "start": start, "end": end, "angle": angle % 360 }))
}

/// What the tenant's pages look like.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Branding {
    #[serde(skip_serializing_if = "Option::is_none")]
    logo_url: Option<String>,
    /// `primary` and `page_background`, where they have been chosen.
    #[schema(value_type = Object)]
    colors: Map<String, Value>,
    #[serde(flatten)]
    #[schema(value_type = Object)]
    other: Map<String, Value>,
}

impl From<BrandingSettings> for Branding {
    fn from(settings: BrandingSettings) -> Self {
        let show = |PageGradient { start, end, angle }: PageGradient| json!({ "type": "linear-gradient", "start": start, "end": end, "angle_deg": angle });
        let background = settings.page_gradient.map(show);
        let background = background.or_else(|| settings.page_background.map(Value::from));
        let primary = settings.primary_colour.map(Value::from);
        let colors = [("primary", primary), ("page_background", background)];
        let chosen = colors.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Self { logo_url: settings.logo_url, colors: chosen.collect(), other: settings.other }
    }
}
