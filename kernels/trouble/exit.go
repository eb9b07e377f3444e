package trouble

import (
	"fmt"
	"strings"
)

// ends are the signals that end programs: what their reader should know, by the names that Go and C give them.
var ends = []struct{ signal, name, says string }{
	{"killed", "SIGKILL", "the program was killed (signal: killed): often the machine ran out of memory"},
	{"segmentation fault", "SIGSEGV", "the program touched memory that is not its own (signal: segmentation fault), most likely in a C library that it uses"},
	{"bus error", "SIGBUS", "the program touched memory that is not there (signal: bus error): a mapped file that became shorter, or a full disk"},
	{"abort", "SIGABRT", "the program gave up by itself (signal: aborted), most likely a C library that it uses: its last words stand above"},
	{"illegal instruction", "SIGILL", "the program used an instruction that this processor does not have (signal: illegal instruction)"},
	{"terminated", "SIGTERM", "the program was ended from outside (signal: terminated)"},
}

// Exit reports a program that ended without a panic: by a status, or by a signal, if that is not empty. Signals have Go's names ("killed") or C's ("SIGKILL").
func Exit(status int, signal string) Report {
	signal = strings.TrimPrefix(printable(strings.TrimSpace(signal)), "signal: ")
	switch signal {
	case "":
		value := fmt.Sprintf("exit status %d", status)
		return Report{"ExitError", value, []string{red(value)}}
	case "interrupt", "SIGINT":
		return Report{"Interrupted", "stopped by the user", []string{red("stopped by the user")}}
	}
	says := fmt.Sprintf("the program was ended by a signal (%s)", signal)
	for _, e := range ends {
		if strings.HasPrefix(signal, e.signal) || signal == e.name {
			says = e.says
		}
	}
	return Report{"ExitError", says, []string{red(says)}}
}

// Command reports a !command that failed. Its text is shown as it stands in the cell.
func Command(text string, status int) Report {
	value := fmt.Sprintf("exit status %d", status)
	trace := []string{red(value)}
	lines := strings.Split(printable(strings.TrimSpace(text)), "\n")
	if !strings.HasPrefix(lines[0], "!") && !strings.HasPrefix(lines[0], "%") {
		lines[0] = "!" + lines[0]
	}
	if len(lines) > 4 {
		lines = append(lines[:3:3], "…")
	}
	for _, line := range lines {
		trace = append(trace, dim("  "+strings.TrimRight(line, " \t\r")))
	}
	switch {
	case status == 126:
		trace = append(trace, "the shell found the command and may not execute it")
	case status == 127:
		trace = append(trace, "the shell did not find the command")
	case status == 128+9:
		trace = append(trace, "it was killed: often the machine ran out of memory")
	}
	return Report{"CommandError", value, trace}
}
