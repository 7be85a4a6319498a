//! What the tenant's pages look like, and the settings of the tenant that the pages follow.

use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{house::House, routes::assert_error};

#[test]
fn the_look_of_the_pages_is_set_kept_and_reset() {
    block_on(async {
        let house = House::new().await;
        assert_eq!(house.get("/api/v2/branding").await.json(), json!({ "colors": {} }));
        let look = json!({
            "logo_url": "https://a.example/logo.png",
            "favicon_url": "https://a.example/favicon.ico",
            "colors": { "primary": "#0f766e", "page_background": "#FFFFFF" },
            "font": { "url": "https://a.example/font.woff2" },
        });
        let answer = house.patch("/api/v1/branding", &look).await;
        assert_eq!((answer.status, answer.json()), (200, look.clone()));
        for prefix in ["/api/v1", "/api/v2"] {
            assert_eq!(house.get(&format!("{prefix}/branding")).await.json(), look);
        }
        let gradient = json!({
            "type": "linear-gradient", "start": "#000000", "end": "#ffffff", "angle_deg": 35,
        });
        let change = json!({ "colors": { "page_background": gradient }, "font": null });
        let changed = house.patch("/api/v2/branding", &change).await.json();
        let colors = json!({ "primary": "#0f766e", "page_background": gradient });
        assert_eq!((&changed["colors"], changed.get("font")), (&colors, None));
        let change = json!({ "colors": { "page_background": "#eeeeee" }, "logo_url": "" });
        let changed = house.patch("/api/v2/branding", &change).await.json();
        assert_eq!(changed["colors"]["page_background"], "#eeeeee");
        assert!(changed.get("logo_url").is_none());
        let change = json!({ "colors": null, "favicon_url": null });
        let changed = house.patch("/api/v1/branding", &change).await.json();
        assert_eq!(changed, json!({ "colors": {} }));
        let settings = house.get("/api/v1/tenants/settings").await.json();
        assert!(settings.get("branding").is_none());
    });
}

#[test]
fn a_look_that_no_page_can_have_is_refused_by_name() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let gradient = |member: &str, value: Value| {
            let mut gradient = json!({
                "type": "linear-gradient", "start": "#000000", "end": "#ffffff", "angle_deg": 35,
            });
            gradient[member] = value;
            json!({ "colors": { "page_background": gradient } })
        };
        let background = "colors.page_background";
        for (body, field) in [
            (json!({ "logo_url": "javascript:alert(1)" }), "logo_url".to_owned()),
            (json!({ "favicon_url": "favicon.ico" }), "favicon_url".to_owned()),
            (json!({ "colors": { "primary": "teal" } }), "colors.primary".to_owned()),
            (json!({ "colors": { "primary": "#12345g" } }), "colors.primary".to_owned()),
            (json!({ "colors": { "primary": 7 } }), "colors.primary".to_owned()),
            (json!({ "colors": { "accent": "#000000" } }), "colors.accent".to_owned()),
            (json!({ "colors": { "page_background": "#fff" } }), background.to_owned()),
            (gradient("type", json!("radial-gradient")), format!("{background}.type")),
            (gradient("start", Value::Null), format!("{background}.start")),
            (gradient("end", json!("url(x)")), format!("{background}.end")),
            (gradient("angle_deg", json!(361)), format!("{background}.angle_deg")),
            (gradient("steps", json!(2)), format!("{background}.steps")),
        ] {
            let answer = house.patch("/api/v2/branding", &body).await;
            assert_error(&answer.json(), 400, "invalid_body", &answer.text());
            let message = answer.json()["message"].as_str().unwrap().to_owned();
            assert!(message.starts_with(&format!("{field}: ")), "{body}: {message}");
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn the_settings_that_sessions_and_pages_follow_are_set_and_reset() {
    block_on(async {
        let house = House::new().await;
        let change = json!({
            "session_lifetime": 24, "idle_session_lifetime": 1, "enabled_locales": ["zh-CN"],
            "default_redirection_uri": "https://a.example/start",
            "picture_url": "https://a.example/logo.png",
        });
        let changed = house.patch("/api/v2/tenants/settings", &change).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        let seen = house.get("/api/v2/tenants/settings").await.json();
        for (name, value) in change.as_object().unwrap() {
            assert_eq!(&seen[name], value, "{name}");
        }
        let reset = json!({ "session_lifetime": null, "enabled_locales": null, "picture": null });
        let seen = house.patch("/api/v1/tenants/settings", &reset).await.json();
        assert_eq!((&seen["session_lifetime"], seen.get("picture")), (&json!(168), None));
        assert_eq!(seen["idle_session_lifetime"], 1);
        let before = house.dump().await;
        for (body, field) in [
            (json!({ "session_lifetime": 0 }), "session_lifetime"),
            (json!({ "idle_session_lifetime": 9000 }), "idle_session_lifetime"),
            (json!({ "default_redirection_uri": "/start" }), "default_redirection_uri"),
        ] {
            let answer = house.patch("/api/v2/tenants/settings", &body).await;
            assert_error(&answer.json(), 400, "invalid_body", &answer.text());
            let message = answer.json()["message"].as_str().unwrap().to_owned();
            assert!(message.starts_with(&format!("{field}: ")), "{body}: {message}");
        }
        assert_eq!(house.dump().await, before);
    });
}
