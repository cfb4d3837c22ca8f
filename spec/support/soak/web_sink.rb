# frozen_string_literal: true

require_relative "../mails"

module Soak
  # A path of the web application. Only numbers, ids and digests are kept of what it is sent.
  class WebSink
    # What the application says to all paths.
    # @param stage [Stage]
    # @param sinks [Hash{String => WebSink}] by path
    def self.listen(stage, sinks)
      stage.web.decide do |request|
        answer = stage.mood&.call(request) || Servers::Web::ACCEPTED
        sinks.fetch(request.path).take(request, accepted: answer.fetch(:status, 200) == 200)
        stage.web.forget
        answer
      end
    end

    def initialize
      @requests = Queue.new
      @taken = 0
    end

    # @return [Integer] how many requests came in so far
    def count
      @taken + @requests.size
    end

    # @param request [Servers::Web::Request]
    def take(request, accepted:)
      message = request.body
      id = request.headers["x-mailroom-delivery-id"]
      @requests << [Mails.number(message), id, accepted, Letters.digest_of(message)]
    end

    # @see QueueSink#collect
    def collect
      until @requests.empty?
        @taken += 1
        yield(*@requests.pop)
      end
    end
  end
end
