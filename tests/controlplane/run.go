package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// readyWithin is how long the API server may take; two to five seconds are usual.
const readyWithin = 2 * time.Minute

// Who wrote what, and what was refused: tests read it from audit.log. One line a request.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: None
  users: ["system:apiserver", "system:kube-controller-manager"]
- level: None
  nonResourceURLs: ["/*"]
- level: Metadata
`

// component is a program of the control plane that runs.
type component struct {
	name string
	log  string
	cmd  *exec.Cmd
	// done is closed when the program has ended.
	done chan struct{}
}

// cluster is a control plane that runs.
type cluster struct {
	options
	identity   identity
	components []*component
	// client, peer and secure are where etcd and the API server listen.
	client, peer, secure string
	// logs is what the names of log files begin with.
	logs string
	// ended receives every component that ends.
	ended chan *component
}

// run runs a control plane in the foreground. Whatever ends it ends its programs and removes the folder;
// only when a program fails by itself does the folder stay, for its logs.
func run(o options) error {
	unlock, err := claim(o.dir)
	if err != nil {
		return err
	}
	defer unlock()
	stop, orders := requests(o)
	c, err := bringUp(o, stop)
	if errors.Is(err, errStopped) {
		return os.RemoveAll(o.dir)
	}
	if err != nil {
		return err
	}
	fmt.Printf("KUBECONFIG=%s\n", filepath.Join(o.dir, "kubeconfig"))
	for {
		select {
		case <-stop:
			c.stop()
			return os.RemoveAll(o.dir)
		case order := <-orders:
			if err := c.obey(order, stop); errors.Is(err, errStopped) {
				c.stop()
				return os.RemoveAll(o.dir)
			} else if err != nil {
				c.stop()
				return fmt.Errorf("%s: %w", order, err)
			}
			fmt.Println("DONE " + order)
		case failed := <-c.ended:
			c.stop()
			return failed.failure("ended by itself")
		}
	}
}

var errStopped = errors.New("stopped")

// requests closes its first channel when this process is asked to end; the second brings what else is asked.
func requests(o options) (<-chan struct{}, <-chan string) {
	stop := make(chan struct{})
	orders := make(chan string)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	closed := make(chan struct{})
	if o.untilStdinCloses {
		go func() {
			for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
				orders <- lines.Text()
			}
			close(closed)
		}()
	}
	go func() {
		select {
		case <-signals:
		case <-closed:
		}
		close(stop)
	}()
	return stop, orders
}

// bringUp starts everything and waits until it is ready. A free port can be taken by somebody else
// before the server binds it, so a failed start is tried again.
func bringUp(o options, stop <-chan struct{}) (*cluster, error) {
	var err error
	for range 3 {
		c := &cluster{options: o, ended: make(chan *component, 3)}
		if err = c.start(stop); err == nil {
			return c, nil
		}
		c.stop()
		if !strings.Contains(err.Error(), "address already in use") {
			break
		}
		if err := os.RemoveAll(filepath.Join(o.dir, "etcd")); err != nil {
			return nil, err
		}
	}
	return nil, err
}

func (c *cluster) path(name string) string { return filepath.Join(c.dir, name) }

func (c *cluster) start(stop <-chan struct{}) error {
	var err error
	if c.identity, err = newIdentity(c.dir); err != nil {
		return err
	}
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	c.client, c.peer, c.secure = ports[0], ports[1], ports[2]
	if err := os.WriteFile(c.path("kubeconfig"), c.identity.kubeconfig("https://"+c.secure), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(c.path("audit-policy.yaml"), []byte(auditPolicy), 0o600); err != nil {
		return err
	}
	// For a second kube-apiserver on the same etcd.
	if err := os.WriteFile(c.path("etcd.endpoint"), []byte("http://"+c.client), 0o600); err != nil {
		return err
	}
	return c.boot(stop, 0)
}

// boot starts the programs over what is in etcd's folder, after writing so many revisions into it.
func (c *cluster) boot(stop <-chan struct{}, bump int) error {
	if err := c.launch("etcd", c.etcdArgs("http://"+c.client, "http://"+c.peer)...); err != nil {
		return err
	}
	if bump > 0 {
		if err := c.bump(bump, stop); err != nil {
			return err
		}
	}
	if err := c.launch("kube-apiserver", c.apiserverArgs("http://"+c.client, c.secure)...); err != nil {
		return err
	}
	if err := c.waitReady("https://"+c.secure, stop); err != nil {
		return err
	}
	if !c.controllers {
		return nil
	}
	return c.launch("kube-controller-manager",
		"--kubeconfig="+c.path("kubeconfig"),
		"--controllers=namespace-controller,garbage-collector-controller",
		"--concurrent-gc-syncs=2",
		"--leader-elect=false",
		"--secure-port=0")
}

func (c *cluster) etcdArgs(client, peer string) []string {
	args := []string{
		"--data-dir=" + c.path("etcd"),
		"--listen-client-urls=" + client, "--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=default=" + peer,
		"--log-level=warn",
	}
	if !c.fsync {
		args = append(args, "--unsafe-no-fsync")
	}
	return args
}

func (c *cluster) apiserverArgs(etcd, secure string) []string {
	host, port, _ := net.SplitHostPort(secure)
	return []string{
		"--etcd-servers=" + etcd,
		"--bind-address=" + host, "--secure-port=" + port,
		"--tls-cert-file=" + c.path("apiserver.crt"), "--tls-private-key-file=" + c.path("apiserver.key"),
		"--token-auth-file=" + c.path("tokens.csv"),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-signing-key-file=" + c.path("service-account.key"),
		"--service-account-key-file=" + c.path("service-account.key"),
		"--service-cluster-ip-range=10.0.0.0/24",
		"--endpoint-reconciler-type=none",
		// No controller makes the "default" ServiceAccount that this plugin waits for.
		"--disable-admission-plugins=ServiceAccount",
		"--audit-policy-file=" + c.path("audit-policy.yaml"),
		"--audit-log-path=" + c.path("audit.log"),
		// Never begun anew: who reads it as it grows must miss nothing.
		"--audit-log-maxsize=100000",
	}
}

// launch starts a program with its output in a log file. It must be called by the main goroutine.
func (c *cluster) launch(name string, args ...string) error {
	path, err := programPath(name)
	if err != nil {
		return err
	}
	started := &component{name: name, log: c.path(c.logs + name + ".log"), done: make(chan struct{})}
	log, err := os.Create(started.log)
	if err != nil {
		return err
	}
	defer log.Close()
	started.cmd = exec.Command(path, args...)
	started.cmd.Dir = c.dir
	started.cmd.Stdout, started.cmd.Stderr = log, log
	// A Ctrl-C in the terminal is for this process alone: it ends the others in order.
	started.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(started.cmd)
	if err := started.cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	c.components = append(c.components, started)
	go func() {
		_ = started.cmd.Wait()
		close(started.done)
		c.ended <- started
	}()
	return nil
}

// waitReady waits until the API server is ready and has made the namespaces that everybody expects.
func (c *cluster) waitReady(server string, stop <-chan struct{}) error {
	client := c.identity.client()
	defer client.CloseIdleConnections()
	paths := []string{"/readyz", "/api/v1/namespaces/kube-system", "/api/v1/namespaces/default"}
	deadline := time.After(readyWithin)
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for len(paths) > 0 {
		if answers(client, server+paths[0], c.identity.token) {
			paths = paths[1:]
			continue
		}
		select {
		case <-poll.C:
		case <-stop:
			return errStopped
		case failed := <-c.ended:
			return failed.failure("did not start")
		case <-deadline:
			return c.components[len(c.components)-1].failure(fmt.Sprintf("is not ready after %s", readyWithin))
		}
	}
	return nil
}

func answers(client *http.Client, url, token string) bool {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode == http.StatusOK
}

// stop kills what runs, last started first. Nothing of the state is kept, so nothing is gained by grace.
func (c *cluster) stop() {
	for i := len(c.components) - 1; i >= 0; i-- {
		_ = c.components[i].cmd.Process.Kill()
		<-c.components[i].done
	}
}

// failure says what went wrong, with the end of the program's log.
func (c *component) failure(what string) error {
	text, _ := os.ReadFile(c.log)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) > 12 {
		lines = lines[len(lines)-12:]
	}
	return fmt.Errorf("%s %s; the end of %s:\n  %s", c.name, what, c.log, strings.Join(lines, "\n  "))
}

// freePorts finds loopback addresses that nobody listens on.
func freePorts(count int) ([]string, error) {
	var addresses []string
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		// All stay open until all are found, or two could be the same.
		defer listener.Close()
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}
