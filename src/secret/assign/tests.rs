//! Lines of many languages, with the value that must be found marked; and lines in which nothing must be.

use std::time::{Duration, Instant};

use super::*;

/// All candidates of a text that are reported, in order.
fn found(path: &str, text: &[u8]) -> Vec<(Candidate, Confidence)> {
    let syntax = Syntax::of_path(path);
    let lower = text.to_ascii_lowercase();
    let places = (0..text.len()).flat_map(|start| WORDS.iter().map(move |word| start..start + word.len()));
    places
        .filter(|range| lower.get(range.clone()).is_some_and(|part| WORDS.iter().any(|word| word.as_bytes() == part)))
        .filter_map(|range| at(text, path, range, syntax))
        .filter_map(|candidate| judge(&candidate).map(|confidence| (candidate, confidence)))
        .collect()
}

fn certain(path: &str, text: &str) -> Vec<(Is, String)> {
    let mut certain: Vec<_> =
        found(path, text.as_bytes()).into_iter().filter(|(_, confidence)| *confidence >= Confidence::Medium).collect();
    certain.dedup_by(|(one, _), (other, _)| one.value == other.value);
    certain.into_iter().map(|(candidate, _)| (candidate.is, text[candidate.value].to_owned())).collect()
}

/// Each line has one credential, between `«` and `»`.
const PASSWORDS: &[(&str, &str)] = &[
    ("a.py", "password = \"«Zq8sXw2k»\""),
    ("a.py", "    connect(host, db_password='«marten-44-Gable»')"),
    ("a.py", "    'password': '«kettle7721»',"),
    ("a.py", "password: str = \"«Zq8sXw2k»\""),
    ("a.py", "os.environ[\"DB_PASSWORD\"] = \"«Zq8sXw2k»\""),
    ("a.py", "pw = os.getenv(\"DB_PASSWORD\", \"«Zq8sXw2k»\")"),
    ("a.py", "dsn = \"host=db user=bob password=«Zq8sXw2k» dbname=x\""),
    ("a.py", "# password: «Zq8sXw2k»"),
    ("a.py", "password = b\"«Zq8sXw2k»\".decode()"),
    ("a.js", "const dbPassword = process.env.DB_PASSWORD || '«Zq8sXw2k»';"),
    ("a.ts", "private readonly password: string = '«Zq8sXw2k»';"),
    ("A.java", "props.put(\"password\", \"«Zq8sXw2k»\");"),
    ("A.java", "user.setPassword(\"«Zq8sXw2k»\");"),
    ("A.cs", "public string Password { get; set; } = \"«Zq8sXw2k»\";"),
    ("A.cs", "var c = \"Server=db;Uid=sa;Pwd=«Zq8sXw2k»;\";"),
    ("a.go", "var password string = \"«Zq8sXw2k»\""),
    ("a.rb", "  :password => '«Zq8sXw2k»'"),
    ("a.php", "define('DB_PASSWORD', '«Zq8sXw2k»');"),
    ("a.php", "$config['db']['password'] = '«Zq8sXw2k»';"),
    ("a.c", "#define WIFI_PASSWORD \"«Zq8sXw2k»\""),
    ("a.c", "char password[32] = \"«Zq8sXw2k»\";"),
    ("a.m", "NSString *password = @\"«Zq8sXw2k»\";"),
    ("a.rs", "const PASSWORD: &str = \"«Zq8sXw2k»\";"),
    ("a.kt", "val password: String = \"«Zq8sXw2k»\""),
    ("a.sql", "CREATE USER bob WITH PASSWORD '«S3cr!tvane»';"),
    ("build.gradle", "    password '«Kx82mmQw»'"),
    (".env", "DB_PASSWORD=«Zq8sXw2k»"),
    (".env", "export DB_PASS=\"«Zq8sXw2k»\" # the old one"),
    ("a.ini", "password = «Zq8sXw2k»"),
    ("redis.conf", "requirepass «Zq8sXw2k»"),
    ("a.properties", "spring.datasource.password=«Zq8sXw2k»"),
    ("a.yml", "password: «Zq8sXw2k» # changed in May"),
    ("a.yml", "db: {user: bob, password: «Zq8sXw2k», port: 1}"),
    ("a.yml", "      - DB_PASSWORD=«Zq8sXw2k»"),
    ("a.yml", "  - name: DB_PASSWORD\n    value: \"«Zq8sXw2k»\""),
    ("a.toml", "password = \"«Zq8sXw2k»\""),
    ("a.json", "{\"name\": \"DB_PASSWORD\", \"value\": \"«Zq8sXw2k»\"}"),
    ("a.ipynb", "    \"password = \\\"«Zq8sXw2k»\\\"\\n\","),
    ("a.xml", "<password>«Zq8sXw2k»</password>"),
    ("a.xml", "<password encrypted=\"false\">«Zq8sXw2k»</password>"),
    ("a.xml", "<property name=\"connection.password\">«Zq8sXw2k»</property>"),
    ("web.config", "<add key=\"DbPassword\" value=\"«Zq8sXw2k»\"/>"),
    ("a.plist", "<key>Password</key>\n\t<string>«Zq8sXw2k»</string>"),
    ("a.sh", "mysql --password=«Zq8sXw2k» -u bob"),
    ("a.sh", "tool --password «Zq8sXw2k»"),
    ("Dockerfile", "ENV DB_PASSWORD «Zq8sXw2k»"),
    ("a.tf", "variable \"db_password\" {\n  default = \"«Zq8sXw2k»\""),
    ("notes.txt", "Password: «Zq8sXw2k»."),
];

const KEYS: &[(&str, &str)] = &[
    ("a.py", "API_KEY = \"«q8Zr2LxW9vTb4Km7hG3n»\""),
    ("a.py", "headers = {\"Authorization\": \"Bearer «q8Zr2LxW9vTb4Km7hG3n»\"}"),
    ("a.js", "headers: {'X-Api-Key': '«q8Zr2LxW9vTb4Km7hG3n»'}"),
    ("a.go", "\tclientSecret := \"«5e1c0f9a7b3d48264c8f10e2a9b7d356»\""),
    ("a.yml", "jwt_secret: «q8Zr2LxW9vTb4Km7hG3n»"),
    ("a.json", "\"authToken\": \"«4b7f1c02-93ad-4e58-b6d1-0c2fa7719e35»\","),
    ("strings.xml", "<string name=\"api_key\">«q8Zr2LxW9vTb4Km7hG3n»</string>"),
    (".env", "SECRET_KEY_BASE=«5e1c0f9a7b3d48264c8f10e2a9b7d3565e1c0f9a7b3d4826»"),
    ("a.sh", "curl --token=«q8Zr2LxW9vTb4Km7hG3n» x"),
    ("a.tf", "  private_key = \"«q8Zr2LxW9vTb4Km7hG3n/Wd+71aBc2Q==»\""),
];

const NOTHING: &[(&str, &str)] = &[
    ("a.py", "password = get_password()"),
    ("a.py", "password = request.POST[\"password\"]"),
    ("a.py", "f(\"x\", password=Zq8sXw2k)"),
    ("a.py", "password = \"Zq8sXw2k\" + suffix"),
    ("a.py", "password = \"pre-%s-x9\" % name"),
    ("a.py", "bypass = \"Zq8sXw2k\""),
    ("a.py", "author = \"Zq8sXw2k\""),
    ("a.py", "token_type = \"q8Zr2LxW9vTb4Km7hG3n\""),
    ("a.py", "password_hash = \"5e1c0f9a7b3d48264c8f10e2a9b7d356\""),
    ("a.py", "public_key = \"q8Zr2LxW9vTb4Km7hG3n\""),
    ("a.py", "next_token = \"q8Zr2LxW9vTb4Km7hG3n\""),
    ("a.py", "self.password.encode(\"utf-8\")"),
    ("a.py", "AUTH_PASSWORD_VALIDATORS = [\"password1\", \"password2\"]"),
    ("a.py", "fields = [\"password\", \"wgDBssl\"]"),
    ("a.py", "eos_token=\"<|endoftext|>\""),
    ("a.py", "key = \"some_cache_prefix\""),
    ("a.js", "password: { type: String, required: true },"),
    ("a.js", "key: \"ArrowDown\","),
    ("a.js", "const token = `Bearer ${session.token}`;"),
    ("a.java", "@Value(\"${app.password}\") String password;"),
    ("a.yml", "password: \"{{ vault_password }}\""),
    ("a.yml", "password: ENC[AES256_GCM,data:q8Zr2LxW]"),
    ("a.yml", "password: !vault |"),
    ("a.yml", "description: \"password: must be 8 characters\""),
    ("a.yml", "secret: ${{ secrets.API_KEY9 }}"),
    ("a.yml", "password: changeme"),
    ("a.yml", "password: <your-password>"),
    ("a.yml", "password: xxxxxxxx"),
    ("a.yml", "password: ********"),
    ("a.yml", "api_key: your_api_key_here"),
    ("a.yml", "key: /etc/ssl/private/site.pem"),
    ("a.json", "\"password\": \"$2b$12$q8Zr2LxW9vTb4Km7hG3n\""),
    ("a.json", "\"primary_key\": \"q8Zr2LxW9vTb4Km7hG3n\","),
    ("a.json", "\"password\": \"Enter your password\","),
    ("a.json", "\"token\": \"https://example.org/oauth/9\","),
    ("package-lock.json", "\"key\": \"q8Zr2LxW9vTb4Km7hG3n\""),
    ("a.properties", "label.password=Kennwort eingeben"),
    ("a.html", "<label for=\"password\">Password</label>"),
    ("a.md", "| token | string | The token |"),
    ("a.sh", "PASSWORD=$(cat /run/secrets/pw)"),
    ("a.sh", "PWD=/usr/local/src"),
    ("a.tf", "password = var.db_password"),
];

/// The line without its marks, and what stood between them.
fn unmarked(line: &str) -> (String, &str) {
    let value = line.split_once('«').and_then(|(_, rest)| rest.split_once('»')).map_or("", |(value, _)| value);
    (line.replace(['«', '»'], ""), value)
}

#[test]
fn credentials_are_found_where_they_stand() {
    for (is, lines) in [(Is::Password, PASSWORDS), (Is::Key, KEYS)] {
        for (path, line) in lines {
            let (text, value) = unmarked(line);
            assert_eq!(certain(path, &text), [(is, value.to_owned())], "{path}: {text}");
        }
    }
}

#[test]
fn nothing_is_found_in_what_is_none() {
    for (path, line) in NOTHING {
        assert_eq!(certain(path, line), [], "{path}: {line}");
    }
}

#[test]
fn a_name_leads_to_one_candidate_by_its_last_word() {
    let text = b"db_password_secret_token = \"q8Zr2LxW9vTb4Km7hG3n\"";
    let found = found("a.py", text);
    assert_eq!(found.len(), 1);
    assert_eq!(&text[found[0].0.name.clone()], b"db_password_secret_token");
}

#[test]
fn what_everybody_knows_is_less_certain() {
    let level = |value: &str| {
        let found = found("a.py", format!("password = \"{value}\"").as_bytes());
        found.first().map(|(_, confidence)| *confidence)
    };
    assert_eq!(level("letmein1!x"), Some(Confidence::High));
    assert!(level("hunter2") < Some(Confidence::Medium));
    assert!(level("sunflower") < Some(Confidence::Medium));
}

/// Pseudo-random numbers (Marsaglia's xorshift), so that a failure can be had again.
fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 33).unwrap()
}

#[test]
fn no_bytes_make_it_fail() {
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let parts: [&[u8]; 34] = [
        b"password",
        b"token",
        b"key",
        b"_",
        b"-",
        b".",
        b" ",
        b"=",
        b":",
        b"\"",
        b"'",
        b"`",
        b"\\",
        b"\n",
        b"<",
        b">",
        b"</key>",
        b"<string>",
        b"value",
        b"{",
        b"}",
        b"(",
        b")",
        b"[",
        b"]",
        b",",
        b";",
        b"&",
        b"\xff",
        b"\xc3\xa9",
        b"${",
        b"q8Zr2LxW9vTb4Km7",
        b"||",
        b" { get; }",
    ];
    for path in ["a.py", "a.yml", "a.json", "a.xml", "a.sh", ".env", "Dockerfile", "a.tf", "a.md", "a", "ä.lock"] {
        for _ in 0..1500 {
            let count = random(&mut state) % 14;
            let text: Vec<u8> =
                (0..count).flat_map(|_| parts[random(&mut state) % parts.len()].iter().copied()).collect();
            for (candidate, _) in found(path, &text) {
                assert!(!text[candidate.value].is_empty() && !text[candidate.name].is_empty());
            }
        }
    }
    // A word that is not there, or stands outside of the text.
    assert!(at(b"x", "a.py", 5..9, Syntax::Code).is_none());
    assert!(at(b"", "a.py", 0..0, Syntax::Code).is_none());
}

#[test]
fn hostile_lines_cost_linear_time() {
    for unit in [
        "password=",
        "password = \"",
        "password=\"a",
        "<password ",
        "password: str",
        "key=process.env.",
        "a;password=b",
    ] {
        let text = unit.repeat(1_000_000 / unit.len());
        let start = Instant::now();
        let mut word = 0;
        for (index, _) in text.match_indices("pass").chain(text.match_indices("key")) {
            let end = index + if text[index..].starts_with("key") { 3 } else { 4 };
            word += usize::from(at(text.as_bytes(), "a.py", index..end, Syntax::Code).is_some());
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{unit}: {word} in {:?}", start.elapsed());
    }
}

#[test]
fn features_are_numbers_and_tables_use_them() {
    let (candidate, _) = found("a.py", b"api_key = \"q8Zr2LxW9vTb4Km7hG3n\"").remove(0);
    let values = candidate.features.values();
    assert_eq!(values.len(), Features::NAMES.len());
    assert!(values.iter().all(|value| value.is_finite()));
    let at = |name: &str| values[Features::NAMES.iter().position(|other| *other == name).unwrap()];
    assert!(
        (at("length") - 20.0).abs() < 0.01 && at("name-secret-key") > 0.5 && at("assign") > 0.5 && at("is-word") < 0.5
    );
}
