//! Manifests of Composer and Bundler.

use super::Sample;

pub(super) const SAMPLES: &[Sample] = &[
    Sample {
        path: "composer.json",
        head: "",
        text: r#"{
  "name": "own/app",
  "require": {
    "php": ">=8.1",
    "ext-json": "*",
    "lib-icu": "*",
    "composer-runtime-api": "^2",
    "alpha/core": "^1.2",
    "beta/beta": "2.0.0"
  },
  "require-dev": {
    "gamma/gamma": "dev-main"
  }
}
"#,
        told: &[
            "8 alpha/core - registry asks:^1.2 direct",
            "9 beta/beta - registry asks:2.0.0 direct",
            "12 gamma/gamma - registry asks:dev-main direct dev",
        ],
        places: &["\"alpha/core\": \"^1.2\"", "\"beta/beta\": \"2.0.0\"", "\"gamma/gamma\": \"dev-main\""],
    },
    Sample {
        path: "Gemfile",
        head: "",
        text: r#"source "https://rubygems.org"

ruby "3.3.0"
gem "alpha", "~> 1.2", ">= 1.2.3" # "no", "9"
gem 'beta', require: "no", group: [:development, :test]
gem("gamma", ["> 3", "< 4"], git: "https://example.com/gamma.git", ref: "0123456789abcdef0123456789abcdef01234567")
gem "delta", github: "own/delta", branch: "main"
gem "echo", path: "../echo"
gem "fox", group: :production, require: false

group :development, :test do
  gem "golf"
  platforms :ruby do
    gem "hotel", "1.0"
  end
  gem "india"
end

group :test, :assets do
  gem "juliet"
end
gem name
# gem "no"
"#,
        told: &[
            "4 alpha - registry asks:~> 1.2, >= 1.2.3 direct",
            "5 beta - registry direct dev",
            "6 gamma - git:https://example.com/gamma.git#0123456789abcdef0123456789abcdef01234567 asks:> 3, < 4 direct",
            "7 delta - git:https://github.com/own/delta#- direct",
            "8 echo - path direct",
            "9 fox - registry direct",
            "12 golf - registry direct dev",
            "14 hotel - registry asks:1.0 direct dev",
            "16 india - registry direct dev",
            "20 juliet - registry direct",
        ],
        places: &[
            "gem \"alpha\", \"~> 1.2\", \">= 1.2.3\"",
            "gem 'beta'",
            "gem(\"gamma\", [\"> 3\", \"< 4\"",
            "gem \"delta\"",
            "gem \"echo\"",
            "gem \"fox\"",
            "gem \"golf\"",
            "gem \"hotel\", \"1.0\"",
            "gem \"india\"",
            "gem \"juliet\"",
        ],
    },
];
