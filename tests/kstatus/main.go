// Judges objects by the libraries that waiting clients are made of: kstatus (Helm, Flux) and Flux's own checks of a
// status. It reads one JSON object a line and writes one verdict a line, in the same order.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/runtime/conditions/check"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// The operator's conditions that are bad when True, the most important first.
var conditionsOfOurs = &check.Conditions{NegativePolarity: []string{"Drifted", "Stalled", "Reconciling"}}

// verdict is what the libraries make of one object.
type verdict struct {
	// Kstatus is empty when it cannot be computed.
	Kstatus string `json:"kstatus"`
	Message string `json:"message"`
	// Finished and InProgress are the ids of Flux's checks that failed, warnings included, by their set.
	Finished   []string `json:"finished"`
	InProgress []string `json:"inProgress"`
}

// Flux's checks say what is wrong and not who they are.
var ids = []struct{ id, says string }{
	{"FAIL0001", "Negative polarity condition cannot be True"},
	{"FAIL0002", "Ready condition must always be present"},
	{"FAIL0003", "Ready condition must be False when Reconciling"},
	{"FAIL0004", "Ready condition must be False when Stalled"},
	{"FAIL0005", "Only one of Reconciling condition or Stalled"},
	{"FAIL0006", "The ObservedGeneration must be less than or equal"},
	{"FAIL0007", "Ready condition must be False when the ObservedGeneration"},
	{"FAIL0008", "Ready condition must be False when any of the status"},
	{"FAIL0009", "The status conditions' ObservedGenerations must be equal"},
	{"FAIL0011", "A mid-reconciliation patched status must have"},
	{"WARN0001", "Negative polarity condition present"},
	{"WARN0002", "Ready condition should have the value of the negative"},
	{"WARN0003", "Reconciling condition can be removed"},
	{"WARN0004", "Stalled condition can be removed"},
	{"WARN0005", "Missing ObservedGeneration"},
}

// object is an unstructured one that shows its conditions as Flux wants to see them.
type object struct {
	*unstructured.Unstructured
}

func (o object) GetConditions() []metav1.Condition {
	var typed struct {
		Status struct {
			Conditions []metav1.Condition `json:"conditions"`
		} `json:"status"`
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &typed); err != nil {
		fail(err)
	}
	return typed.Status.Conditions
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<22)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		read := &unstructured.Unstructured{}
		if err := read.UnmarshalJSON(lines.Bytes()); err != nil {
			fail(err)
		}
		if err := out.Encode(judge(read)); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func judge(read *unstructured.Unstructured) verdict {
	judged := verdict{
		Finished:   findings(check.NewChecker(nil, conditionsOfOurs), read),
		InProgress: findings(check.NewInProgressChecker(nil), read),
	}
	if computed, err := status.Compute(read); err == nil {
		judged.Kstatus, judged.Message = computed.Status.String(), computed.Message
	}
	return judged
}

func findings(checker *check.Checker, read *unstructured.Unstructured) []string {
	checker.DisableFetch = true
	failed, warned := checker.Check(context.Background(), object{read})
	found := []string{}
	for _, err := range []error{failed, warned} {
		if aggregate, ok := err.(interface{ Errors() []error }); ok {
			for _, each := range aggregate.Errors() {
				found = append(found, id(each.Error()))
			}
		}
	}
	return found
}

func id(finding string) string {
	for _, check := range ids {
		if strings.HasPrefix(finding, check.says) {
			return check.id
		}
	}
	fail(fmt.Errorf("a finding of no known check: %s", finding))
	return ""
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
