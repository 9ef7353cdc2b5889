// sarama in the language of the drivers, with the versions of the protocol that it takes by default.
package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"loglane.tests/drivers/language"

	"github.com/IBM/sarama"
)

var codecs = map[string]sarama.CompressionCodec{
	"none":   sarama.CompressionNone,
	"gzip":   sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy,
	"lz4":    sarama.CompressionLZ4,
	"zstd":   sarama.CompressionZSTD,
}

func brokers() []string {
	return []string{language.Bootstrap()}
}

// common are settings with which the library outlasts a restart.
func common() *sarama.Config {
	config := sarama.NewConfig()
	config.Metadata.Retry.Max = 200
	config.Metadata.Retry.Backoff = 100 * time.Millisecond
	config.Admin.Timeout = 30 * time.Second
	return config
}

func producer(codec, acks string, idempotent, singles bool) (sarama.AsyncProducer, error) {
	config := common()
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Producer.Compression = codecs[codec]
	config.Producer.RequiredAcks = map[string]sarama.RequiredAcks{
		"0": sarama.NoResponse, "1": sarama.WaitForLocal, "all": sarama.WaitForAll,
	}[acks]
	config.Producer.Retry.Max = 200
	config.Producer.Flush.Frequency = 20 * time.Millisecond
	if singles {
		config.Producer.Flush.Frequency = 0
		config.Producer.Flush.MaxMessages = 1
	}
	if idempotent {
		config.Producer.Idempotent = true
		config.Net.MaxOpenRequests = 1
	}
	return sarama.NewAsyncProducer(brokers(), config)
}

func encoded(bytes []byte) sarama.Encoder {
	if bytes == nil {
		return nil
	}
	return sarama.ByteEncoder(bytes)
}

func produce(args language.Args) error {
	idempotent, singles := args["client.idempotent"] == "true", args["client.singles"] == "true"
	sender, err := producer(args["client.codec"], args["client.acks"], idempotent, singles)
	if err != nil {
		return err
	}
	records := language.Records(args)
	go func() {
		for n, record := range records {
			message := &sarama.ProducerMessage{
				Topic: args["topic"], Partition: args.Partition(), Timestamp: record.Timestamp, Metadata: n,
				Key: encoded(record.Key), Value: encoded(record.Value),
			}
			for _, header := range record.Headers {
				message.Headers = append(message.Headers, sarama.RecordHeader{Key: []byte(header[0]), Value: []byte(header[1])})
			}
			sender.Input() <- message
		}
		sender.AsyncClose()
	}()
	offsets := make([]int64, len(records))
	var failed sync.WaitGroup
	var failures []error
	failed.Go(func() {
		for failure := range sender.Errors() {
			failures = append(failures, failure)
		}
	})
	for message := range sender.Successes() {
		offsets[message.Metadata.(int)] = message.Offset
	}
	failed.Wait()
	for _, offset := range offsets {
		if args["client.acks"] == "0" {
			offset = -1
		}
		language.Say(offset)
	}
	return errors.Join(failures...)
}

func load(args language.Args) error {
	sender, err := producer(args["codec"], "all", true, false)
	if err != nil {
		return err
	}
	var told sync.WaitGroup
	places := make(chan struct{}, 200)
	told.Go(func() {
		for message := range sender.Successes() {
			language.Say("acked", message.Metadata, message.Partition, message.Offset)
			<-places
		}
	})
	told.Go(func() {
		for failure := range sender.Errors() {
			language.Say("failed-record", failure.Msg.Metadata, failure.Err)
			<-places
		}
	})
	for n := 0; !language.Stopped(); n++ {
		places <- struct{}{}
		sender.Input() <- &sarama.ProducerMessage{
			Topic: args["topic"], Partition: int32(n % args.Int("partitions")), Metadata: n,
			Value: sarama.StringEncoder(fmt.Sprint(n)),
		}
		if n%10 == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}
	sender.AsyncClose()
	told.Wait()
	return nil
}

func consume(args language.Args) error {
	reader, err := sarama.NewConsumer(brokers(), common())
	if err != nil {
		return err
	}
	defer reader.Close()
	partition, err := reader.ConsumePartition(args["topic"], args.Partition(), int64(args.Int("offset")))
	if err != nil {
		return err
	}
	defer partition.Close()
	deadline := time.After(time.Minute)
	for range args.Int("count") {
		select {
		case record := <-partition.Messages():
			var headers [][2]string
			for _, header := range record.Headers {
				headers = append(headers, [2]string{string(header.Key), string(header.Value)})
			}
			language.SayRecord(record.Partition, record.Offset, record.Timestamp, record.Key, record.Value, headers)
		case <-deadline:
			return errors.New("records did not come")
		}
	}
	return nil
}

// member is told by the library what it has and what comes.
type member struct{}

func (member) Setup(session sarama.ConsumerGroupSession) error {
	for _, partitions := range session.Claims() {
		language.SayAssigned(partitions)
	}
	return nil
}

func (member) Cleanup(sarama.ConsumerGroupSession) error {
	language.SayAssigned(nil)
	return nil
}

// commits of one session exclude each other: each commits all that is marked.
var commits sync.Mutex

func (member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case record, more := <-claim.Messages():
			if !more {
				return nil
			}
			language.Say("record", record.Partition, record.Offset, string(record.Value))
			session.MarkMessage(record, "")
			if len(claim.Messages()) == 0 {
				commit(session, record)
			}
		case <-session.Context().Done():
			return nil
		}
	}
}

// commit does what the library's users do, which tells them nothing: what it came to is asked of the broker.
func commit(session sarama.ConsumerGroupSession, record *sarama.ConsumerMessage) {
	commits.Lock()
	defer commits.Unlock()
	// Where the broker is away it is tried again, as long as the partition is its own.
	for session.Context().Err() == nil {
		session.Commit()
		offset, err := committed(group, record.Topic, record.Partition)
		if err == nil && offset == record.Offset+1 {
			language.Say("committed", record.Partition, offset)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

var (
	group string
	admin sarama.ClusterAdmin
)

func join(args language.Args) error {
	if err := connect(); err != nil {
		return err
	}
	group = args["group"]
	config := common()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Session.Timeout = time.Duration(args.Int("session")) * time.Millisecond
	config.Consumer.Group.Heartbeat.Interval = 300 * time.Millisecond
	config.Consumer.Group.Rebalance.Retry.Max = 200
	config.Consumer.Group.Rebalance.Retry.Backoff = 100 * time.Millisecond
	joined, err := sarama.NewConsumerGroup(brokers(), group, config)
	if err != nil {
		return err
	}
	life, end := context.WithCancel(context.Background())
	var members sync.WaitGroup
	members.Go(func() {
		for life.Err() == nil {
			// It returns at every rebalance, and with an error while the broker is away.
			if joined.Consume(life, []string{args["topic"]}, member{}) != nil {
				time.Sleep(100 * time.Millisecond)
			}
		}
	})
	for !language.Stopped() {
		time.Sleep(10 * time.Millisecond)
	}
	end()
	members.Wait()
	return joined.Close()
}

func committed(group, topic string, partition int32) (int64, error) {
	offsets, err := admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {partition}})
	if err != nil {
		return 0, err
	}
	block := offsets.GetBlock(topic, partition)
	if block.Err != sarama.ErrNoError {
		return 0, block.Err
	}
	return block.Offset, nil
}

func reset(args language.Args) error {
	client, err := sarama.NewClient(brokers(), common())
	if err != nil {
		return err
	}
	defer client.Close()
	offsets, err := sarama.NewOffsetManagerFromClient(args["group"], client)
	if err != nil {
		return err
	}
	partition, err := offsets.ManagePartition(args["topic"], args.Partition())
	if err != nil {
		return err
	}
	partition.ResetOffset(int64(args.Int("offset")), "")
	offsets.Commit()
	partition.AsyncClose()
	for failure := range partition.Errors() {
		return failure
	}
	return offsets.Close()
}

func connect() (err error) {
	if admin == nil {
		admin, err = sarama.NewClusterAdmin(brokers(), common())
	}
	return err
}

func administer(command string, args language.Args) error {
	topic := args["topic"]
	switch command {
	case "create-topic":
		detail := sarama.TopicDetail{
			NumPartitions: int32(args.Int("partitions")), ReplicationFactor: 1, ConfigEntries: args.Configs(),
		}
		return admin.CreateTopic(topic, &detail, false)
	case "delete-topic":
		return admin.DeleteTopic(topic)
	case "create-partitions":
		return admin.CreatePartitions(topic, int32(args.Int("partitions")), nil, false)
	case "topics":
		topics, err := admin.ListTopics()
		for name := range topics {
			language.Say(name)
		}
		return err
	case "partitions":
		described, err := admin.DescribeTopics([]string{topic})
		if err == nil {
			language.Say(len(described[0].Partitions))
		}
		return err
	case "config":
		entries, err := admin.DescribeConfig(sarama.ConfigResource{
			Type: sarama.TopicResource, Name: topic, ConfigNames: []string{args["name"]},
		})
		at := slices.IndexFunc(entries, func(entry sarama.ConfigEntry) bool { return entry.Name == args["name"] })
		if err == nil && at >= 0 {
			language.Say(entries[at].Value)
		}
		return err
	case "set-config":
		value := args["value"]
		entry := sarama.IncrementalAlterConfigsEntry{Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value}
		entries := map[string]sarama.IncrementalAlterConfigsEntry{args["name"]: entry}
		return admin.IncrementalAlterConfig(sarama.TopicResource, topic, entries, false)
	case "committed":
		offset, err := committed(args["group"], topic, args.Partition())
		if err == nil {
			language.Say(offset)
		}
		return err
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
		case "commit":
			return reset(args)
		}
		if err := connect(); err != nil {
			return err
		}
		return administer(command, args)
	})
}
