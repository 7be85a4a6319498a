//! What scripts need beside their own libraries: a browser, and Apache with two modules.

use std::path::Path;
use std::process::Command;

use crate::{Outcome, postgres, process};

/// The scripts that open a browser.
const IN_A_BROWSER: [&str; 2] = ["browser_parties", "hosted_pages"];

/// The script that starts an Apache, and the modules that it loads.
const IN_APACHE: &str = "apache_parties";
const MODULES: [(&str, &str); 2] = [
    ("mod_auth_openidc.so", "libapache2-mod-auth-openidc"),
    ("mod_oauth2.so", "libapache2-mod-oauth2"),
];

/// Installs what is missing for the scripts of these names.
pub(super) fn install(scripts: &[String]) -> Outcome {
    let wanted = |name: &str| scripts.iter().any(|script| script == name);
    if wanted(IN_APACHE) {
        // Each brings Apache's programs without the service that would start at once.
        for (module, package) in MODULES {
            if !Path::new("/usr/lib/apache2/modules").join(module).is_file() {
                postgres::install(package, module)?;
            }
        }
    }
    if IN_A_BROWSER.into_iter().any(wanted) {
        if browser().is_none() {
            postgres::install("chromium", "chromium")?;
        }
        // Without such a font the screenshots of Chinese pages show boxes.
        if !has_chinese_font() {
            postgres::install("fonts-wqy-microhei", "a font with Chinese characters")?;
        }
    }
    Ok(())
}

/// The browser as the distributions call it; the scripts look for the same names.
fn browser() -> Option<std::path::PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(process::find)
}

fn has_chinese_font() -> bool {
    process::read(Command::new("fc-list").arg(":lang=zh-cn"))
        .is_ok_and(|fonts| !fonts.trim().is_empty())
}
