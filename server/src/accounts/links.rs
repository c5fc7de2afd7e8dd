//! Links that enrol a device, and their QR codes.

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

/// Returns the link that enrols a device. The secret is in the fragment, which browsers send to nobody.
#[must_use]
pub fn link(origin: &str, invitation: &str) -> String {
    format!("{origin}/#enrol={invitation}")
}

/// Returns a QR code in half blocks, light on dark as terminals are; nothing for a link of some thousand characters.
#[must_use]
pub fn for_terminal(link: &str) -> String {
    let code = QrCode::new(link).map(|code| {
        let mut picture = code.render::<Dense1x2>();
        picture.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build()
    });
    code.unwrap_or_default()
}

/// Returns the modules of a QR code, a text of `0` and `1` for each row; nothing for a link of some thousand characters.
#[must_use]
pub fn modules(link: &str) -> Vec<String> {
    let Ok(code) = QrCode::new(link) else { return Vec::new() };
    let digit = |color: &qrcode::Color| color.select('1', '0');
    code.to_colors().chunks(code.width()).map(|row| row.iter().map(digit).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_its_secret_in_the_fragment_and_fits_a_qr_code() {
        let link = link("https://samsynk.example", &"x".repeat(43));
        assert!(link.starts_with("https://samsynk.example/#enrol=xxx"), "{link}");
        let code = for_terminal(&link);
        assert!(code.lines().count() > 15, "{code}");
        let rows = modules(&link);
        assert!(rows.len() > 30 && rows.iter().all(|row| row.len() == rows.len()), "{rows:?}");
        assert!(rows[0].starts_with("11111110"), "a finder pattern stands in each corner");
    }
}
