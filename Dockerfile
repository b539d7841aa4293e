# The image of agentcore-policy-operator: one static program and the CA bundle, nothing else.
#
#   docker build -t agentcore-policy-operator .
#
# Tags name what the image is built from. A release pins them by digest.

FROM rust:1.95-alpine3.22 AS build
# A C compiler and cmake for SQLite and AWS-LC. Their versions come with the base image's release.
# hadolint ignore=DL3018
RUN apk add --no-cache build-base cmake ca-certificates
WORKDIR /src
COPY . .
# Alpine's own target is musl: the program is static.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked --bin agentcore-policy-operator \
 && mkdir -p /image/etc/ssl/certs /image/var/lib/agentcore-policy-operator /image/tmp \
 && cp target/dist/agentcore-policy-operator /image/ \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
 && printf 'nonroot:x:65532:65532::/:/none\n' > /image/etc/passwd \
 && chown -R 65532:65532 /image/var/lib/agentcore-policy-operator /image/tmp

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="agentcore-policy-operator" \
      org.opencontainers.image.description="Kubernetes operator and local backend for Amazon Bedrock AgentCore policy engines and Cedar policies" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image /
USER 65532:65532
# Metrics and probes; the local backend. The root file system can be read-only: all data is in the volume.
EXPOSE 9090 8080
VOLUME /var/lib/agentcore-policy-operator
ENTRYPOINT ["/agentcore-policy-operator"]
CMD ["--help"]
