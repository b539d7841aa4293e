package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// identity is what one control plane proves itself by. All of it is made anew at each start and is
// worth nothing afterwards.
type identity struct {
	dir   string
	ca    *x509.Certificate
	caPEM []byte
	token string
}

func (i identity) path(name string) string { return filepath.Join(i.dir, name) }

// newIdentity writes ca.crt, apiserver.crt, apiserver.key, service-account.key and tokens.csv.
//
// The API server could sign a certificate for itself, but strict clients refuse one certificate that is
// both authority and server.
func newIdentity(dir string) (identity, error) {
	i := identity{dir: dir}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return i, err
	}
	authority := certificate(1, "controlplane-ca")
	authority.IsCA, authority.BasicConstraintsValid = true, true
	authority.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, &caKey.PublicKey, caKey)
	if err != nil {
		return i, err
	}
	if i.ca, err = x509.ParseCertificate(der); err != nil {
		return i, err
	}
	i.caPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(i.path("ca.crt"), i.caPEM, 0o600); err != nil {
		return i, err
	}

	serverKey, err := writeKey(i.path("apiserver.key"))
	if err != nil {
		return i, err
	}
	server := certificate(2, "kube-apiserver")
	server.KeyUsage = x509.KeyUsageDigitalSignature
	server.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	server.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 0, 0, 1)}
	server.DNSNames = []string{"localhost", "kubernetes.default.svc"}
	if der, err = x509.CreateCertificate(rand.Reader, server, i.ca, &serverKey.PublicKey, caKey); err != nil {
		return i, err
	}
	serverPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(i.path("apiserver.crt"), serverPEM, 0o600); err != nil {
		return i, err
	}

	if _, err := writeKey(i.path("service-account.key")); err != nil {
		return i, err
	}
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return i, err
	}
	i.token = hex.EncodeToString(random)
	return i, os.WriteFile(i.path("tokens.csv"), []byte(i.token+`,admin,admin,"system:masters"`+"\n"), 0o600)
}

func certificate(serial int64, name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(365 * 24 * time.Hour),
	}
}

func writeKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}

// client speaks to the API server as the administrator and trusts this control plane's authority alone.
func (i identity) client() *http.Client {
	pool := x509.NewCertPool()
	pool.AddCert(i.ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	return &http.Client{Transport: transport, Timeout: 5 * time.Second}
}

// kubeconfig is the administrator's.
func (i identity) kubeconfig(server string) []byte {
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters:
- name: controlplane
  cluster:
    server: %s
    certificate-authority-data: %s
contexts:
- name: controlplane
  context:
    cluster: controlplane
    user: admin
    namespace: default
current-context: controlplane
users:
- name: admin
  user:
    token: %s
`, server, base64.StdEncoding.EncodeToString(i.caPEM), i.token)
}
