package trouble

import "testing"

func TestExit(t *testing.T) {
	for _, c := range []struct {
		status      int
		signal      string
		name, value string
	}{
		{3, "", "ExitError", "exit status 3"},
		{-1, "interrupt", "Interrupted", "stopped by the user"},
		{-1, "SIGINT", "Interrupted", "stopped by the user"},
		{-1, "killed", "ExitError", "the program was killed (signal: killed): often the machine ran out of memory"},
		{137, "signal: killed", "ExitError", "the program was killed (signal: killed): often the machine ran out of memory"},
		{-1, "SIGKILL", "ExitError", "the program was killed (signal: killed): often the machine ran out of memory"},
		{
			-1, "segmentation fault (core dumped)", "ExitError",
			"the program touched memory that is not its own (signal: segmentation fault), most likely in a C library that it uses",
		},
		{-1, "broken pipe", "ExitError", "the program was ended by a signal (broken pipe)"},
	} {
		got := Exit(c.status, c.signal)
		if got.Name != c.name || got.Value != c.value || len(got.Traceback) != 1 || got.Traceback[0] != red(c.value) {
			t.Errorf("Exit(%d, %q) = %q, want %s: %s", c.status, c.signal, got, c.name, c.value)
		}
	}
}

func TestCommand(t *testing.T) {
	for _, c := range []struct {
		text   string
		status int
		want   string
	}{
		{"!ls /nowhere", 2, "name: CommandError\nvalue: exit status 2\n\n<red>exit status 2</>\n<dim>  !ls /nowhere</>\n"},
		{"*go get x", 1, "name: CommandError\nvalue: exit status 1\n\n<red>exit status 1</>\n<dim>  !*go get x</>\n"},
		{"!a \\\n b", 127, "name: CommandError\nvalue: exit status 127\n\n<red>exit status 127</>\n<dim>  !a \\</>\n<dim>   b</>\nthe shell did not find the command\n"},
		{"!a\nb\nc\nd\ne", 137, "name: CommandError\nvalue: exit status 137\n\n<red>exit status 137</>\n<dim>  !a</>\n<dim>  b</>\n<dim>  c</>\n<dim>  …</>\nit was killed: often the machine ran out of memory\n"},
	} {
		if got := written(Command(c.text, c.status)); got != c.want {
			t.Errorf("Command(%q, %d):\n%s\nwant:\n%s", c.text, c.status, got, c.want)
		}
	}
}
