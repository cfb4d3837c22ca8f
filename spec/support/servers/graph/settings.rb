# frozen_string_literal: true

require "set"
require "uri"
require_relative "delta"

module Servers
  class Graph
    # How a server behaves while nothing is wrong with it, and what it has given out.
    class Settings
      # Seconds before each answer.
      attr_accessor :latency
      # How many entries a page has at most, whatever was asked for.
      attr_accessor :page_limit
      # Whether `$value` comes in chunks, as Graph has it.
      attr_accessor :chunked

      attr_reader :delta

      def initialize
        @latency = 0
        @chunked = true
        @delta = Delta.new
        @lock = Mutex.new
        @links = Set.new
      end

      # Remembers a link.
      def given(url)
        @lock.synchronize { @links << key(url) }
      end

      # @return [Boolean] whether a link was given, however it is percent-encoded
      def given?(url)
        @lock.synchronize { @links.include?(key(url)) }
      end

      private

      def key(url)
        path, query = url.split("?", 2)
        [path, URI.decode_www_form(query.to_s).sort]
      end
    end
  end
end
