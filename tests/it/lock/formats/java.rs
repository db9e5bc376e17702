//! Maven and Gradle.

use super::Sample;

pub(super) const SAMPLES: &[Sample] = &[
    Sample {
        path: "app/pom.xml",
        head: "</properties>",
        text: r#"<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent>
    <groupId>org.example</groupId>
    <artifactId>parent</artifactId>
    <version>7</version>
    <relativePath/>
  </parent>
  <artifactId>app</artifactId>
  <properties>
    <alpha.version>1.2.3</alpha.version>
    <beta.version>${beta.base}-jre</beta.version>
    <beta.base>31.0</beta.base>
  </properties>
  <dependencyManagement>
    <dependencies>
      <dependency>
        <groupId>org.delta</groupId>
        <artifactId>delta</artifactId>
        <version>4.0</version>
      </dependency>
      <dependency>
        <groupId>org.delta</groupId>
        <artifactId>bill</artifactId>
        <version>[4.1,5)</version>
        <type>pom</type>
        <scope>import</scope>
      </dependency>
    </dependencies>
  </dependencyManagement>
  <dependencies>
    <dependency>
      <groupId>org.alpha</groupId>
      <artifactId>alpha-core</artifactId>
      <version>${alpha.version}</version>
      <exclusions><exclusion><groupId>no</groupId><artifactId>no</artifactId></exclusion></exclusions>
    </dependency>
    <dependency><groupId>org.beta</groupId><artifactId>beta</artifactId><version>${beta.version}</version></dependency>
    <dependency>
      <groupId>org.delta</groupId>
      <artifactId>delta</artifactId>
      <scope>test</scope>
    </dependency>
    <dependency>
      <groupId>${project.groupId}</groupId>
      <artifactId>sibling</artifactId>
      <version>${project.version}</version>
    </dependency>
    <dependency>
      <groupId>org.echo</groupId><artifactId>echo</artifactId>
      <!-- where is it? -->
      <version>${unknown}</version>
    </dependency>
    <dependency>
      <groupId>org.echo</groupId>
      <artifactId>open</artifactId>
    </dependency>
    <dependency>
      <groupId>org.echo</groupId>
      <artifactId>exact</artifactId>
      <version>[1.5]</version>
      <scope>test</scope>
    </dependency>
    <dependency>
      <groupId>org.echo</groupId>
      <artifactId>newest</artifactId>
      <version>LATEST</version>
    </dependency>
    <dependency>
      <groupId>org.echo</groupId>
      <artifactId>here</artifactId>
      <version>1</version>
      <scope>system</scope>
      <systemPath>${project.basedir}/lib/here.jar</systemPath>
    </dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <artifactId>maven-alpha-plugin</artifactId>
        <version>3.1</version>
        <dependencies>
          <dependency><groupId>org.fox</groupId><artifactId>fox</artifactId><version>2</version></dependency>
        </dependencies>
      </plugin>
    </plugins>
  </build>
  <profiles>
    <profile>
      <dependencies>
        <dependency><groupId>org.gulf</groupId><artifactId>gulf</artifactId><version>9</version></dependency>
      </dependencies>
    </profile>
  </profiles>
</project>
"#,
        told: &[
            "5 org.example:parent 7 registry direct",
            "19 org.delta:delta 4.0 registry direct dev",
            "24 org.delta:bill - registry asks:[4.1,5)",
            "34 org.alpha:alpha-core 1.2.3 registry direct",
            "38 org.beta:beta 31.0-jre registry direct",
            "46 org.example:sibling 7 path direct",
            "50 org.echo:echo - registry asks:${unknown} direct",
            "56 org.echo:open - registry direct",
            "60 org.echo:exact 1.5 registry direct dev",
            "66 org.echo:newest - registry asks:LATEST direct",
            "71 org.echo:here 1 path direct",
            "80 org.apache.maven.plugins:maven-alpha-plugin 3.1 registry direct",
            "83 org.fox:fox 2 registry direct",
            "91 org.gulf:gulf 9 registry direct",
        ],
        places: &[
            "parent",
            "delta",
            "bill",
            "alpha-core",
            "org.beta</groupId><artifactId>beta</artifactId><version>${beta.version}",
            "sibling",
            "org.echo</groupId><artifactId>echo",
            "open",
            "exact",
            "newest",
            "here",
            "maven-alpha-plugin",
            "org.fox</groupId><artifactId>fox</artifactId><version>2",
            "org.gulf</groupId><artifactId>gulf</artifactId><version>9",
        ],
    },
    Sample {
        path: "gradle.lockfile",
        head: "",
        text: "# This is a Gradle generated file for dependency locking.
# Manual edits can break the build and are not advised.
org.alpha:alpha-core:1.2.3=compileClasspath,runtimeClasspath,testRuntimeClasspath
  org.beta:beta:31.0-jre=debugUnitTestCompileClasspath,testCompileClasspath

org.delta:delta:4.0=classpath
empty=annotationProcessor
",
        told: &[
            "3 org.alpha:alpha-core 1.2.3 registry",
            "4 org.beta:beta 31.0-jre registry dev",
            "6 org.delta:delta 4.0 registry",
        ],
        places: &["org.alpha:alpha-core:1.2.3", "org.beta:beta:31.0-jre", "org.delta:delta:4.0"],
    },
];
