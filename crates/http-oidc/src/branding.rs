//! The look of a tenant's pages, from its settings.

use citizenry_identity::{PageGradient, Tenant};

use crate::pages::{Branding, Colour, Gradient, Locale};

/// The look of a tenant's pages. A setting that no page can follow is passed over.
pub fn branding(tenant: &Tenant) -> Branding {
    let settings = &tenant.settings;
    let name = settings.display_name.clone().unwrap_or_else(|| usual_name(tenant));
    let colour = |text: &Option<String>| text.as_deref().and_then(Colour::parse);
    let mut branding = Branding {
        logo_url: settings.branding.logo_url.clone().or_else(|| settings.picture.clone()),
        primary_colour: colour(&settings.branding.primary_colour)
            .unwrap_or(Branding::DEFAULT_PRIMARY),
        background_colour: colour(&settings.branding.page_background),
        page_background: settings.branding.page_gradient.as_ref().and_then(gradient),
        ..Branding::named(name)
    };
    for (language, texts) in &settings.branding.texts {
        let Some(locale) = Locale::ALL.into_iter().find(|locale| locale.tag() == language) else {
            continue;
        };
        for (name, text) in texts {
            if let Err(error) = branding.texts.set(locale, name, text) {
                tracing::debug!(%error, name, "a tenant's own text is not shown");
            }
        }
    }
    branding
}

fn gradient(gradient: &PageGradient) -> Option<Gradient> {
    Some(Gradient {
        start: Colour::parse(&gradient.start)?,
        end: Colour::parse(&gradient.end)?,
        angle: gradient.angle,
    })
}

/// What a tenant is called that has not said: the installation's first one has a name that tells
/// people nothing.
fn usual_name(tenant: &Tenant) -> String {
    if tenant.name.is_default() { "Citizenry".to_owned() } else { tenant.name.to_string() }
}
