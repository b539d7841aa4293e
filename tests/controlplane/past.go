package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// obey does what a line of standard input asks.
func (c *cluster) obey(order string, stop <-chan struct{}) error {
	words := strings.Fields(order)
	switch {
	case len(words) == 1 && words[0] == "keep":
		c.halt()
		if err := replace(c.path("etcd.kept"), c.path("etcd")); err != nil {
			return err
		}
		return c.boot(stop, 0)
	case len(words) == 2 && words[0] == "restore":
		bump, err := strconv.Atoi(words[1])
		if err != nil {
			return err
		}
		c.halt()
		if err := replace(c.path("etcd"), c.path("etcd.kept")); err != nil {
			return err
		}
		return c.boot(stop, bump)
	}
	return fmt.Errorf("no such order; see 'controlplane help'")
}

// halt ends all programs, to start them again.
func (c *cluster) halt() {
	c.stop()
	// Each tells its end once.
	for range c.components {
		<-c.ended
	}
	c.components = nil
}

// replace puts a copy of one folder in the place of another.
func replace(dir, by string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.CopyFS(dir, os.DirFS(by)); err != nil {
		return err
	}
	return os.Chmod(dir, 0o700)
}

// bump does what 'etcdutl snapshot restore --bump-revision N --mark-compacted' does: no revision that was seen before
// the restore comes a second time, and none of them can be watched from.
func (c *cluster) bump(count int, stop <-chan struct{}) error {
	key := base64.StdEncoding.EncodeToString([]byte("bump"))
	var answer struct {
		Header struct {
			Revision string `json:"revision"`
		} `json:"header"`
	}
	for deadline := time.Now().Add(readyWithin); ; {
		err := c.etcd("kv/put", map[string]any{"key": key}, &answer)
		if err == nil {
			if count--; count <= 0 {
				break
			}
			continue
		}
		if time.Now().After(deadline) {
			return err
		}
		select {
		case <-stop:
			return errStopped
		case <-time.After(50 * time.Millisecond):
		}
	}
	return c.etcd("kv/compaction", map[string]any{"revision": answer.Header.Revision, "physical": true}, &answer)
}

// etcd calls etcd by its JSON gateway.
func (c *cluster) etcd(path string, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	response, err := http.Post("http://"+c.client+"/v3/"+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("etcd answers %s with %s", path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

// second runs another kube-apiserver over the same etcd, reached by another way.
func second(dir, etcd string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	c := &cluster{options: options{dir: dir, untilStdinCloses: true}, ended: make(chan *component, 1), logs: "second-"}
	stop, _ := requests(c.options)
	addresses, err := freePorts(1)
	if err != nil {
		return err
	}
	args := append(c.apiserverArgs(etcd, addresses[0]), "--audit-log-path="+c.path("second-audit.log"))
	if err := c.launch("kube-apiserver", args...); err != nil {
		return err
	}
	fmt.Printf("SERVER=%s\n", addresses[0])
	select {
	case <-stop:
		c.stop()
		return nil
	case failed := <-c.ended:
		return failed.failure("ended by itself")
	}
}
