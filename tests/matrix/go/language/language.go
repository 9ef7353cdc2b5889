// Package language is that of the drivers, for those in Go: see tests/README.md.
package language

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Args are the arguments of a command.
type Args map[string]string

// Int is the number that an argument holds.
func (args Args) Int(name string) int {
	number, err := strconv.Atoi(args[name])
	if err != nil {
		panic(err)
	}
	return number
}

// Partition is the argument of this name, which most commands have.
func (args Args) Partition() int32 {
	return int32(args.Int("partition"))
}

// Configs are those of a topic that is to be created.
func (args Args) Configs() map[string]*string {
	configs := map[string]*string{}
	for key, value := range args {
		if name, found := strings.CutPrefix(key, "config."); found {
			configs[name] = &value
		}
	}
	return configs
}

// Bootstrap is the broker's address.
func Bootstrap() string {
	return os.Args[1]
}

var (
	lines = make(chan string)
	out   sync.Mutex
)

// Say answers with one line.
func Say(fields ...any) {
	texts := make([]string, len(fields))
	for i, field := range fields {
		texts[i] = fmt.Sprint(field)
	}
	out.Lock()
	defer out.Unlock()
	fmt.Println(strings.Join(texts, "\t"))
}

// SayAssigned tells what a member of a group has now.
func SayAssigned(partitions []int32) {
	partitions = slices.Sorted(slices.Values(partitions))
	texts := make([]string, len(partitions))
	for i, partition := range partitions {
		texts[i] = fmt.Sprint(partition)
	}
	Say("assigned", strings.Join(texts, ","))
}

// SayRecord tells a record in full; headers are pairs of a name and a value.
func SayRecord(partition int32, offset int64, at time.Time, key, value []byte, headers [][2]string) {
	text := func(field []byte) string {
		if field == nil {
			return "-"
		}
		return string(field)
	}
	told := make([]string, len(headers))
	for i, header := range headers {
		told[i] = header[0] + "=" + header[1]
	}
	if len(told) == 0 {
		told = []string{"-"}
	}
	Say(partition, offset, at.UnixMilli(), text(key), text(value), strings.Join(told, ","))
}

// Stopped is whether the command that is under way shall end.
func Stopped() bool {
	select {
	case <-lines:
		return true
	default:
		return false
	}
}

// Record is one of those that are to be sent.
type Record struct {
	Key, Value []byte
	Headers    [][2]string
	Timestamp  time.Time
}

// Records are those of the recipe: each follows from the prefix and its number.
func Records(args Args) []Record {
	records := make([]Record, args.Int("count"))
	for n := range records {
		record := Record{Timestamp: time.Now()}
		if args["keys"] == "true" {
			record.Key = fmt.Appendf(nil, "%s-k%d", args["prefix"], n)
		}
		if args["nulls"] != "true" || n%5 != 4 {
			value := fmt.Sprintf("%s-v%d", args["prefix"], n)
			value += strings.Repeat(".", max(0, args.Int("size")-len(value)))
			record.Value = []byte(value)
		}
		for h := range args.Int("headers") {
			header := [2]string{fmt.Sprintf("h%d", h), fmt.Sprintf("%s-h%d", args["prefix"], n)}
			record.Headers = append(record.Headers, header)
		}
		if _, found := args["timestamp"]; found {
			record.Timestamp = time.UnixMilli(int64(args.Int("timestamp") + n))
		}
		records[n] = record
	}
	return records
}

// Serve answers every command with what run does.
func Serve(run func(command string, args Args) error) {
	go func() {
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			lines <- in.Text()
		}
		os.Exit(0)
	}()
	for line := range lines {
		fields := strings.Split(line, "\t")
		args := Args{}
		for _, field := range fields[1:] {
			key, value, _ := strings.Cut(field, "=")
			args[key] = value
		}
		if err := run(fields[0], args); err != nil {
			Say("failed", fmt.Sprintf("%T", err), strings.Join(strings.Fields(err.Error()), " "))
		} else {
			Say("ok")
		}
	}
}
