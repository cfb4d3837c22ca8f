# frozen_string_literal: true

require "json"
require_relative "../mails"

module Soak
  # A Sidekiq queue, worked off as Sidekiq would.
  class QueueSink
    AT_ONCE = 100

    # @param stage [Stage]
    # @param queue [String]
    def initialize(stage, queue)
      @stage = stage
      @queue = queue
      @taken = 0
    end

    # @return [Integer] how many jobs were pushed so far, as far as is known
    def count
      @stage.usable?(:redis) ? @taken + @stage.redis.job_count(@queue) : @taken
    end

    # @yieldparam number [Integer] of the mail
    # @yieldparam id [String]
    # @yieldparam accepted [Boolean]
    # @yieldparam digest [String] of the message
    def collect
      while @stage.usable?(:redis)
        jobs = @stage.redis.client.rpop("queue:#{@queue}", AT_ONCE) || break
        @taken += jobs.size
        jobs.each do |text|
          job = JSON.parse(text)
          message = job["args"].first
          yield Mails.number(message), job["jid"], true, Letters.digest_of(message)
        end
      end
    end
  end
end
