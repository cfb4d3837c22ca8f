# frozen_string_literal: true

require_relative "daemon"
require_relative "deliveries"
require_relative "numbers"
require_relative "raw_client"

module Bench
  # The same mails in fresh mailboxes, emptied in several ways.
  class Contest
    WAYS = %w[floor ours reference].freeze

    # @param place [Place]
    # @param ways [Array<String>] of WAYS
    # @param delivery [String] sidekiq, postback or noop
    def initialize(place, ways: WAYS, repeats: 3, delivery: "sidekiq")
      @place = place
      @ways = ways
      @repeats = repeats
      @delivery = delivery
      @deliveries = Deliveries.new(place.redis)
    end

    # In turns, so that a change of the machine's mood is everybody's, and once before that is not counted.
    # @param corpus [Corpus]
    # @param mailbox [Hash] for {Place#mailbox}
    # @return [Hash{String => Hash}] for each way the median of the seconds, mails a second, and the highest peak of
    #   memory above idleness in MiB
    def drain(corpus, **mailbox)
      runs = Array.new(@repeats + 1) { @ways.to_h { |way| [way, measure(way, corpus, mailbox)] } }.drop(1)
      @ways.to_h { |way| [way, summary(runs.map { |run| run.fetch(way) }, corpus)] }
    end

    def remove
      @deliveries.remove
    end

    private

    def summary(runs, corpus)
      seconds = Numbers.median(runs.map { |run| run[:seconds] })
      memory = runs.map { |run| run[:memory] }.max
      { seconds: seconds.round(4), rate: (corpus.count / seconds).round, mib: (memory / 1024.0).round(1) }
    end

    def measure(way, corpus, options)
      mailbox = @place.mailbox(**options)
      @deliveries.clear
      client = way == "floor" ? RawClient.new(mailbox) : Daemon.new(way, mailbox, @deliveries.settings(@delivery))
      result = client.drain { corpus.deliver(mailbox.maildir) }
      refuse_losses(way, corpus.count) unless way == "floor"
      result
    ensure
      client&.remove
      @place.discard(mailbox)
    end

    def refuse_losses(way, count)
      delivered = @deliveries.count(@delivery) || count
      raise "#{way}: #{delivered} of #{count} mails were delivered" if delivered != count
    end
  end
end
