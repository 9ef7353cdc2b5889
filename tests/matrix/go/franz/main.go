// franz-go in the language of the drivers.
package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"loglane.tests/drivers/language"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

var background = context.Background()

func client(options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(options, kgo.SeedBrokers(language.Bootstrap()))...)
}

func producer(codec, acks string, idempotent, singles bool) (*kgo.Client, error) {
	options := []kgo.Opt{
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codecs[codec]),
		kgo.ProducerLinger(20 * time.Millisecond),
	}
	switch acks {
	case "0":
		options = append(options, kgo.RequiredAcks(kgo.NoAck()))
	case "1":
		options = append(options, kgo.RequiredAcks(kgo.LeaderAck()))
	default:
		options = append(options, kgo.RequiredAcks(kgo.AllISRAcks()))
	}
	if !idempotent {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	if singles {
		options = append(options, kgo.ProducerLinger(0))
	}
	return client(options...)
}

func produce(args language.Args) error {
	singles := args["client.singles"] == "true"
	sender, err := producer(args["client.codec"], args["client.acks"], args["client.idempotent"] == "true", singles)
	if err != nil {
		return err
	}
	defer sender.Close()
	var records []*kgo.Record
	for _, sent := range language.Records(args) {
		record := &kgo.Record{
			Topic: args["topic"], Partition: args.Partition(), Key: sent.Key, Value: sent.Value, Timestamp: sent.Timestamp,
		}
		for _, header := range sent.Headers {
			record.Headers = append(record.Headers, kgo.RecordHeader{Key: header[0], Value: []byte(header[1])})
		}
		records = append(records, record)
	}
	// The library has no limit by count: a batch of one is one that is waited for.
	size := len(records)
	if singles {
		size = 1
	}
	for chunk := range slices.Chunk(records, size) {
		if err := sender.ProduceSync(background, chunk...).FirstErr(); err != nil {
			return err
		}
		for _, record := range chunk {
			if args["client.acks"] == "0" {
				record.Offset = -1
			}
			language.Say(record.Offset)
		}
	}
	return nil
}

func load(args language.Args) error {
	sender, err := producer(args["codec"], "all", true, false)
	if err != nil {
		return err
	}
	defer sender.Close()
	var underWay sync.WaitGroup
	places := make(chan struct{}, 200)
	for n := 0; !language.Stopped(); n++ {
		record := &kgo.Record{
			Topic: args["topic"], Partition: int32(n % args.Int("partitions")), Value: []byte(fmt.Sprint(n)),
		}
		places <- struct{}{}
		underWay.Add(1)
		sender.Produce(background, record, func(record *kgo.Record, err error) {
			if err != nil {
				language.Say("failed-record", n, err)
			} else {
				language.Say("acked", n, record.Partition, record.Offset)
			}
			<-places
			underWay.Done()
		})
		if n%10 == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}
	underWay.Wait()
	return nil
}

func consume(args language.Args) error {
	from := map[int32]kgo.Offset{args.Partition(): kgo.NewOffset().At(int64(args.Int("offset")))}
	reader, err := client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{args["topic"]: from}))
	if err != nil {
		return err
	}
	defer reader.Close()
	deadline, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	for left := args.Int("count"); left > 0; {
		fetches := reader.PollFetches(deadline)
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, record := range fetches.Records() {
			if left--; left < 0 {
				break
			}
			var headers [][2]string
			for _, header := range record.Headers {
				headers = append(headers, [2]string{header.Key, string(header.Value)})
			}
			language.SayRecord(record.Partition, record.Offset, record.Timestamp, record.Key, record.Value, headers)
		}
	}
	return nil
}

func join(args language.Args) error {
	topic := args["topic"]
	assigned := map[int32]bool{}
	// What is to be committed; what is taken away another member gets again.
	ends := map[int32]*kgo.Record{}
	say := func() { language.SayAssigned(slices.Collect(maps.Keys(assigned))) }
	gone := func(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
		for _, partition := range lost[topic] {
			delete(assigned, partition)
			delete(ends, partition)
		}
		say()
	}
	member, err := client(
		kgo.ConsumerGroup(args["group"]),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.SessionTimeout(time.Duration(args.Int("session"))*time.Millisecond),
		kgo.HeartbeatInterval(300*time.Millisecond),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, added map[string][]int32) {
			for _, partition := range added[topic] {
				assigned[partition] = true
			}
			say()
		}),
		kgo.OnPartitionsRevoked(gone),
		kgo.OnPartitionsLost(gone),
	)
	if err != nil {
		return err
	}
	for !language.Stopped() {
		poll, cancel := context.WithTimeout(background, 100*time.Millisecond)
		records := member.PollFetches(poll).Records()
		cancel()
		for _, record := range records {
			language.Say("record", record.Partition, record.Offset, string(record.Value))
			ends[record.Partition] = record
		}
		// Where the broker is away, or the group moves on, it is tried again as long as they are its own.
		if len(ends) > 0 && member.CommitRecords(background, slices.Collect(maps.Values(ends))...) == nil {
			for partition, record := range ends {
				language.Say("committed", partition, record.Offset+1)
			}
			clear(ends)
		}
		member.AllowRebalance()
	}
	member.CloseAllowingRebalance()
	return nil
}

func administer(admin *kadm.Client, command string, args language.Args) error {
	topic := args["topic"]
	switch command {
	case "create-topic":
		_, err := admin.CreateTopic(background, int32(args.Int("partitions")), 1, args.Configs(), topic)
		return err
	case "delete-topic":
		_, err := admin.DeleteTopic(background, topic)
		return err
	case "create-partitions":
		grown, err := admin.UpdatePartitions(background, args.Int("partitions"), topic)
		return errors.Join(err, grown.Error())
	case "topics", "partitions":
		topics, err := admin.ListTopics(background)
		if err != nil {
			return err
		}
		if command == "partitions" {
			language.Say(len(topics[topic].Partitions))
		}
		for _, name := range topics.Names() {
			if command == "topics" {
				language.Say(name)
			}
		}
	case "config":
		described, err := admin.DescribeTopicConfigs(background, topic)
		if err != nil {
			return err
		}
		for _, config := range described[0].Configs {
			if config.Key == args["name"] {
				language.Say(config.MaybeValue())
			}
		}
	case "set-config":
		value := args["value"]
		altered, err := admin.AlterTopicConfigs(background, []kadm.AlterConfig{{Name: args["name"], Value: &value}}, topic)
		if err != nil {
			return err
		}
		return altered[0].Err
	case "commit":
		var offsets kadm.Offsets
		offsets.AddOffset(topic, args.Partition(), int64(args.Int("offset")), -1)
		return admin.CommitAllOffsets(background, args["group"], offsets)
	case "committed":
		offsets, err := admin.FetchOffsets(background, args["group"])
		if err != nil {
			return err
		}
		offset, found := offsets.Lookup(topic, args.Partition())
		if !found {
			offset.At = -1
		}
		language.Say(offset.At)
	}
	return nil
}

func main() {
	language.Serve(func(command string, args language.Args) error {
		switch command {
		case "produce":
			return produce(args)
		case "consume":
			return consume(args)
		case "load":
			return load(args)
		case "join":
			return join(args)
		}
		// A new one each time: the library does not ask again when its connection was cut while it lay idle.
		connected, err := client()
		if err != nil {
			return err
		}
		defer connected.Close()
		admin := kadm.NewClient(connected)
		admin.SetTimeoutMillis(30_000)
		return administer(admin, command, args)
	})
}
