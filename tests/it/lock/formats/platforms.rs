//! NuGet.

use super::Sample;

pub(super) const SAMPLES: &[Sample] = &[
    Sample {
        path: "src/App/packages.lock.json",
        head: "",
        text: r#"{
  "version": 2,
  "dependencies": {
    "net8.0": {
      "Alpha.Core": {
        "type": "Direct",
        "requested": "[1.2.3, )",
        "resolved": "1.2.3",
        "contentHash": "AAAA",
        "dependencies": { "beta": "2.0.0" }
      },
      "Beta": { "type": "Transitive", "resolved": "2.0.0", "contentHash": "BBBB" },
      "Gamma": { "type": "CentralTransitive", "requested": "[3.0.0, )", "resolved": "3.0.0" },
      "own.lib": { "type": "Project", "dependencies": { "Alpha.Core": "[1.2.3, )" } }
    },
    "net9.0": {
      "alpha.core": { "type": "Direct", "resolved": "1.2.3", "contentHash": "AAAA" },
      "Beta": { "type": "Direct", "resolved": "2.1.0", "contentHash": "CCCC" }
    }
  }
}
"#,
        told: &[
            "5 Alpha.Core 1.2.3 registry hashed asks:[1.2.3, ) direct needs:Beta",
            "12 Beta 2.0.0 registry hashed indirect",
            "13 Gamma 3.0.0 registry unhashed asks:[3.0.0, ) indirect",
            "14 own.lib - path indirect needs:Alpha.Core",
            "18 Beta 2.1.0 registry hashed direct",
        ],
        places: &["\"Alpha.Core\"", "\"Beta\"", "\"Gamma\"", "\"own.lib\"", "\"Beta\""],
    },
    Sample {
        path: "packages.config",
        head: "",
        text: r#"<?xml version="1.0" encoding="utf-8"?>
<packages>
  <package id="Alpha.Core" version="1.2.3" targetFramework="net48" />
  <package id="Beta"
           version="2.0.0-rc.1" developmentDependency="true" />
  <package id="Gamma" version="3.0.0" allowedVersions="[3,4)" />
</packages>
"#,
        told: &["3 Alpha.Core 1.2.3 registry", "4 Beta 2.0.0-rc.1 registry dev", "6 Gamma 3.0.0 registry asks:[3,4)"],
        places: &["id=\"Alpha.Core\" version=\"1.2.3\"", "id=\"Beta\"", "id=\"Gamma\" version=\"3.0.0\""],
    },
    Sample {
        path: "src/App.csproj",
        head: "</PropertyGroup>",
        text: r#"<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net8.0</TargetFramework>
    <GammaVersion>3.0.0</GammaVersion>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Alpha.Core" Version="1.2.3" />
    <PackageReference Include="Beta">
      <Version>[2.0.0]</Version>
      <PrivateAssets>all</PrivateAssets>
    </PackageReference>
    <PackageReference Include="Gamma" Version="$(GammaVersion)" />
    <PackageReference Include="Delta" Version="4.*" />
    <PackageReference Include="Echo" Version="[1.0,2.0)" />
    <PackageReference Include="Central" />
    <ProjectReference Include="../Own/Own.csproj" />
  </ItemGroup>
  <Choose>
    <When Condition="x">
      <ItemGroup>
        <PackageReference Update="Fox" Version="$(Unknown)" />
      </ItemGroup>
    </When>
  </Choose>
</Project>
"#,
        told: &[
            "7 Alpha.Core 1.2.3 registry direct",
            "8 Beta 2.0.0 registry direct dev",
            "12 Gamma 3.0.0 registry direct",
            "13 Delta - registry asks:4.* direct",
            "14 Echo - registry asks:[1.0,2.0) direct",
            "15 Central - registry direct",
            "21 Fox - registry asks:$(Unknown) direct",
        ],
        places: &[
            "Include=\"Alpha.Core\" Version=\"1.2.3\"",
            "Include=\"Beta\"",
            "Include=\"Gamma\" Version=\"$(GammaVersion)\"",
            "Include=\"Delta\" Version=\"4.*\"",
            "Include=\"Echo\" Version=\"[1.0,2.0)\"",
            "Include=\"Central\"",
            "Update=\"Fox\" Version=\"$(Unknown)\"",
        ],
    },
    Sample {
        path: "Directory.Packages.props",
        head: "",
        text: "<Project>\n<ItemGroup>\n<PackageVersion Include=\"Alpha\" Version=\"1.0\" />\n</ItemGroup>\n</Project>\n",
        told: &["3 Alpha 1.0 registry direct"],
        places: &["Include=\"Alpha\" Version=\"1.0\""],
    },
];
