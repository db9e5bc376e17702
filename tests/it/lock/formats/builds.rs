//! Images and actions.

use super::Sample;

pub(super) const SAMPLES: &[Sample] = &[
    Sample {
        path: "docker/Dockerfile.prod",
        head: "",
        text: r#"# syntax=docker/dockerfile:1
ARG TAG=3.13
ARG BASE=python:${TAG}-slim
ARG OPEN
FROM --platform=$BUILDPLATFORM golang:1.22 AS build
RUN go build
FROM registry.example:5000/team/tool@sha256:aaaa AS Tool
FROM ${BASE}
COPY --from=build /a /b
COPY --chown=x --from=tool /a /b
COPY --from=0 /a /b
COPY --from=ghcr.io/own/uv:0.5 /uv /bin/
FROM alpha:1.0@sha256:bbbb
FROM $OPEN
FROM ${OPEN:-beta}
FROM build
FROM scratch
"#,
        told: &[
            "5 golang 1.22 registry unhashed direct",
            "7 registry.example:5000/team/tool sha256:aaaa registry hashed direct",
            "8 python 3.13-slim registry unhashed direct",
            "12 ghcr.io/own/uv 0.5 registry unhashed direct",
            "13 alpha 1.0 registry hashed direct",
            "15 beta - registry unhashed direct",
        ],
        places: &[
            "golang:1.22",
            "registry.example:5000/team/tool@sha256:aaaa",
            "${BASE}",
            "ghcr.io/own/uv:0.5",
            "alpha:1.0@sha256:bbbb",
            "${OPEN:-beta}",
        ],
    },
    Sample {
        path: ".github/workflows/ci.yml",
        head: "",
        text: r#"on: push
jobs:
  build:
    container:
      image: node:20
    services:
      database:
        image: postgres:16@sha256:aaaa
      odd: { image: "${{ matrix.image }}" }
      tagged: { image: "redis:${{ matrix.tag }}" }
    steps:
      - uses: actions/checkout@v4
      - uses: "own/act/part@0123456789abcdef0123456789abcdef01234567" # v1.2.3
      - uses: own/act@main
      - uses: ./.github/actions/here
      - uses: docker://alpine:3.20
      - uses: ${{ inputs.action }}
      - run: echo uses
  call:
    uses: own/flows/.github/workflows/Build.yml@v2
  plain:
    container: python:3.13
"#,
        told: &[
            "5 node 20 registry unhashed direct",
            "8 postgres 16 registry hashed direct",
            "10 redis - registry unhashed direct",
            "12 actions/checkout v4 git:https://github.com/actions/checkout#- direct",
            "13 own/act/part 0123456789abcdef0123456789abcdef01234567 git:https://github.com/own/act#0123456789abcdef0123456789abcdef01234567 asks:v1.2.3 direct",
            "14 own/act main git:https://github.com/own/act#- direct",
            "15 ./.github/actions/here - path direct",
            "16 alpine 3.20 registry unhashed direct",
            "20 own/flows/.github/workflows/Build.yml v2 git:https://github.com/own/flows#- direct",
            "22 python 3.13 registry unhashed direct",
        ],
        places: &[
            "node:20",
            "postgres:16@sha256:aaaa",
            "\"redis:${{ matrix.tag }}\"",
            "actions/checkout@v4",
            "\"own/act/part@0123456789abcdef0123456789abcdef01234567\"",
            "own/act@main",
            "./.github/actions/here",
            "docker://alpine:3.20",
            "own/flows/.github/workflows/Build.yml@v2",
            "python:3.13",
        ],
    },
    Sample {
        path: "action.yml",
        head: "",
        text: "name: x\nruns:\n  using: composite\n  steps:\n    - uses: own/act@v1.0.0\n",
        told: &["5 own/act v1.0.0 git:https://github.com/own/act#- direct"],
        places: &["own/act@v1.0.0"],
    },
    Sample {
        path: "action.yml",
        head: "",
        text: "runs:\n  using: docker\n  image: docker://own/image:1\n",
        told: &["3 own/image 1 registry unhashed direct"],
        places: &["docker://own/image:1"],
    },
    Sample {
        path: "action.yaml",
        head: "",
        text: "runs:\n  using: docker\n  image: Dockerfile\n",
        told: &[],
        places: &[],
    },
];
