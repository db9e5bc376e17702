//! Logs encrypted to recipients of age: with the feature that brings the crate along, and without it.

#[cfg(not(feature = "age"))]
#[test]
fn without_age_nothing_is_written_readably_instead() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/audit.jsonl");
    let recipients = vec!["age1example".to_owned()];
    let error = super::Log::open(super::Settings { recipients, ..super::settings(&path) }).unwrap_err();
    assert!(error.contains("--features age") && !path.exists(), "{error}");
}

#[cfg(feature = "age")]
#[test]
fn only_keys_open_what_is_encrypted_and_all_may_verify_it() {
    use age::secrecy::ExposeSecret;

    use super::*;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/audit.jsonl");
    let (key, other) = (age::x25519::Identity::generate(), age::x25519::Identity::generate());
    let recipients = vec![key.to_public().to_string()];
    let log = Log::open(Settings { recipients, ..settings(&path) }).unwrap();
    log.append(&gate("hidden.py", Decision::Deny)).unwrap();
    log.append(&access("hidden.example")).unwrap();
    assert!(!fs::read_to_string(&path).unwrap().contains("hidden"));
    assert_eq!(assert_good(&path).records, 2);

    let file = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let show = |identity: &str| run(&path, &["show", "--decision", "deny", "--identity", identity]);
    let own = file("own", &format!("# mine\n{}\n", key.to_string().expose_secret()));
    let done = show(&own);
    assert!(done.code == 0 && done.stdout.contains("gate deny hidden.py"), "{done:?}");
    let done = show(&file("other", other.to_string().expose_secret()));
    assert!(done.code == 1 && done.stderr.contains("record 1 cannot be decrypted"), "{done:?}");
    let done = show(&file("wrong", "AGE-SECRET-KEY-1WRONG\n"));
    assert!(
        done.code == 2 && done.stderr.contains("line 1 is no identity") && !done.stderr.contains("WRONG"),
        "{done:?}"
    );
    let done = run(&path, &["show"]);
    assert!(done.code == 0 && done.stdout.contains("1 gate (encrypted)"), "{done:?}");
    let done = run(&path, &["show", "--script", "hidden"]);
    assert!(done.code == 1 && done.stderr.contains("it is encrypted"), "{done:?}");

    let cut = Log::open(settings(&path)).unwrap().prune(later()).unwrap().unwrap();
    assert_eq!(cut.last, 2);
    assert_eq!(assert_good(&path).first, Some(3));
    let error = Log::open(Settings { recipients: vec!["age1wrong".into()], ..settings(&path) }).unwrap_err();
    assert!(error.contains("`age1wrong` is no recipient"), "{error}");
}
