//! How near a name must come to a popular one, registry by registry, and how popular that one must be. `benches/names.py`
//! measures what these limits give.

use crate::package::Ecosystem;
use crate::spelling::IMITATED;

pub(super) struct Profile {
    /// The rank up to which a name is imitated by one edit, by the length of what may differ; the last holds for all longer ones.
    pub(super) edits: &'static [usize],
    /// The same where the first character differs.
    pub(super) other_initial: usize,
    /// The rank up to which another number makes a look-alike.
    pub(super) numbered: usize,
    pub(super) folds: Folds,
    /// Shorter names are not compared by how they look.
    pub(super) shortest_fold: usize,
    pub(super) affixes: &'static [Affix],
    /// Shorter names are not taken for one with something added.
    pub(super) shortest_core: usize,
    /// Beginnings that many honest names have in common.
    pub(super) families: &'static [&'static str],
}

/// The rank up to which a name is imitated by a fold.
pub(super) struct Folds {
    pub(super) separators: usize,
    pub(super) looks: usize,
    pub(super) order: usize,
    pub(super) plural: usize,
    pub(super) number: usize,
}

/// What says nothing by itself, and the rank up to which a name with it is a look-alike.
pub(super) struct Affix {
    pub(super) text: &'static str,
    pub(super) is_before: bool,
    pub(super) limit: usize,
}

const fn before(text: &'static str, limit: usize) -> Affix {
    Affix { text, is_before: true, limit }
}

const fn behind(text: &'static str, limit: usize) -> Affix {
    Affix { text, is_before: false, limit }
}

const PYPI: Profile = Profile {
    edits: &[0, 0, 0, 0, 0, 500, 1000, 2000, 5000, 5000, IMITATED],
    other_initial: 2000,
    numbered: 0,
    folds: Folds { separators: 5000, looks: 5000, order: 3000, plural: 5000, number: 200 },
    shortest_fold: 6,
    affixes: &[
        before("python-", 500),
        before("python", 500),
        before("py-", 500),
        before("py", 500),
        behind("-python", 500),
        behind("-py", 500),
        behind("py", 500),
        behind("-lib", 500),
        behind("lib", 500),
        behind("-sdk", 500),
        behind("-dev", 500),
        behind("-client", 500),
        behind("-2", 500),
        behind("-3", 500),
        behind("2", 500),
        behind("3", 500),
        behind("js", 500),
        behind("x", 300),
        behind("-lite", 500),
        behind("-pro", 500),
        behind("-plus", 500),
    ],
    shortest_core: 4,
    families: &[
        "airbyte-",
        "ansible-",
        "apache-airflow-providers-",
        "aws-cdk-",
        "azure-",
        "azure-mgmt-",
        "collective-",
        "dbt-",
        "django-",
        "flask-",
        "google-cloud-",
        "jupyter-",
        "langchain-",
        "lib",
        "llama-index-",
        "mkdocs-",
        "mypy-boto3-",
        "nvidia-",
        "odoo-addon-",
        "opentelemetry-",
        "opentelemetry-instrumentation-",
        "plone-",
        "pyobjc-framework-",
        "pytest-",
        "python-",
        "robotframework-",
        "sphinx-",
        "streamlit-",
        "tree-sitter-",
        "types-",
        "types-aiobotocore-",
        "types-boto3-",
        "xstatic-",
        "zope-",
    ],
};

const NPM: Profile = Profile {
    edits: &[0, 0, 0, 0, 0, 500, 3000, 5000, IMITATED],
    other_initial: 5000,
    numbered: 3000,
    folds: Folds { separators: IMITATED, looks: IMITATED, order: 5000, plural: 5000, number: 1000 },
    shortest_fold: 6,
    affixes: &[
        before("node-", 500),
        before("js-", 500),
        before("npm", 1000),
        behind("-node", 500),
        behind(".js", 3000),
        behind("-js", 3000),
        behind("js", 3000),
        behind("-lib", 500),
        behind("-sdk", 1000),
        behind("-dev", 1000),
        behind("-npm", 3000),
        behind("-compat", 3000),
        behind("-2", 3000),
        behind("2", 3000),
        behind("x", 500),
    ],
    shortest_core: 4,
    families: &[
        "array-",
        "babel-plugin-",
        "babel-preset-",
        "css-",
        "d3-",
        "es-",
        "eslint-config-",
        "eslint-plugin-",
        "grunt-",
        "gulp-",
        "has-",
        "hast-util-",
        "is-",
        "karma-",
        "lodash-",
        "lodash.",
        "mdast-util-",
        "metalsmith-",
        "micromark-",
        "micromark-util-",
        "passport-",
        "postcss-",
        "rc-",
        "react-",
        "react-native-",
        "rehype-",
        "remark-",
        "rollup-plugin-",
        "string-",
        "unist-util-",
        "vue-",
        "webpack-",
    ],
};

/// The list has no order, so that a rank says nothing.
const RUBYGEMS: Profile = Profile {
    edits: &[0, 0, 0, 0, 0, 0, IMITATED],
    other_initial: IMITATED,
    numbered: 0,
    folds: Folds { separators: IMITATED, looks: IMITATED, order: IMITATED, plural: IMITATED, number: 0 },
    shortest_fold: 6,
    affixes: &[before("ruby-", IMITATED), behind("-ruby", IMITATED), behind("-rb", IMITATED)],
    shortest_core: 5,
    families: &["aws-sdk-", "dry-", "fluent-plugin-", "omniauth-", "rails-", "rspec-", "rubocop-"],
};

pub(super) fn of(ecosystem: Ecosystem) -> Option<&'static Profile> {
    match ecosystem {
        Ecosystem::PyPI => Some(&PYPI),
        Ecosystem::Npm => Some(&NPM),
        Ecosystem::RubyGems => Some(&RUBYGEMS),
        _ => None,
    }
}
