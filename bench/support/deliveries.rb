# frozen_string_literal: true

require_relative "../../spec/support/servers"
require_relative "sink"

module Bench
  # Where mails go in a measurement: the settings for it, and how many have arrived.
  class Deliveries
    # @param redis [Servers::Redis]
    def initialize(redis)
      @redis = redis
    end

    # @param delivery [String] sidekiq, postback or noop
    # @param delete [Boolean] whether mails are deleted and expunged when they are delivered
    # @return [Hash] settings of a mailbox; the same for ours and for the reference gem
    def settings(delivery, delete: true)
      { delivery_method: delivery, delete_after_delivery: delete, expunge_deleted: delete, arbitration_method: "redis",
        arbitration_options: { redis_url: @redis.url, namespace: "bench" }, **public_send(delivery) }
    end

    def sidekiq
      { delivery_options: { redis_url: @redis.url, queue: "default", worker: "EmailReceiverWorker" } }
    end

    def noop
      {}
    end

    # The reference gem knows no concurrency, and takes no harm from the key.
    def postback
      @sink ||= Sink.new
      { delivery_concurrency: 8, delivery_options: { delivery_url: @sink.url, delivery_token: "token" } }
    end

    # @return [Integer, nil] how many have arrived since the last {#clear}; nil where nobody counts
    def count(delivery)
      case delivery
      when "sidekiq" then @redis.job_count
      when "postback" then @sink.count
      end
    end

    def clear
      @redis.clear
      @sink&.clear
    end

    def remove
      @sink&.remove
    end
  end
end
