//! What is called otherwise where it is imported.

/// Modules of Python whose distribution has another name, with that name, sorted. Where several distributions have one module,
/// the one that most people mean.
const DISTRIBUTIONS: &[(&str, &str)] = &[
    ("Crypto", "pycryptodome"),
    ("Cryptodome", "pycryptodomex"),
    ("Levenshtein", "python-Levenshtein"),
    ("MySQLdb", "mysqlclient"),
    ("OpenSSL", "pyOpenSSL"),
    ("PIL", "Pillow"),
    ("attr", "attrs"),
    ("bs4", "beautifulsoup4"),
    ("cv2", "opencv-python"),
    ("dateutil", "python-dateutil"),
    ("docx", "python-docx"),
    ("dotenv", "python-dotenv"),
    ("fitz", "PyMuPDF"),
    ("git", "GitPython"),
    ("github", "PyGithub"),
    ("jose", "python-jose"),
    ("jwt", "PyJWT"),
    ("ldap", "python-ldap"),
    ("magic", "python-magic"),
    ("markdown", "Markdown"),
    ("multipart", "python-multipart"),
    ("nacl", "PyNaCl"),
    ("pkg_resources", "setuptools"),
    ("pptx", "python-pptx"),
    ("psycopg2", "psycopg2-binary"),
    ("pymysql", "PyMySQL"),
    ("rest_framework", "djangorestframework"),
    ("saml2", "pysaml2"),
    ("serial", "pyserial"),
    ("skimage", "scikit-image"),
    ("sklearn", "scikit-learn"),
    ("slugify", "python-slugify"),
    ("socks", "PySocks"),
    ("telegram", "python-telegram-bot"),
    ("usb", "pyusb"),
    ("yaml", "PyYAML"),
    ("zmq", "pyzmq"),
];

/// The distribution of a module, where that is not called as the module is.
pub(super) fn distribution_of(module: &str) -> Option<&'static str> {
    let at = DISTRIBUTIONS.binary_search_by(|(known, _)| (*known).cmp(module)).ok()?;
    Some(DISTRIBUTIONS[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_found_in() {
        assert!(DISTRIBUTIONS.is_sorted());
        assert_eq!(distribution_of("yaml"), Some("PyYAML"));
        assert_eq!(distribution_of("os"), None);
    }
}
