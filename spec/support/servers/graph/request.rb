# frozen_string_literal: true

require "json"
require "uri"
require_relative "problem"

module Servers
  class Graph
    # One request, or one part of a batch, as it came in.
    class Request
      # Names of headers in lower case; `body` is binary. `target` is path and query as they were sent.
      attr_reader :verb, :target, :headers, :body, :path, :query
      # Set while it is answered: what it is (see Router), the mailbox's address, and the answer's status.
      attr_accessor :kind, :email, :status

      # @param part [Boolean] of a batch
      def initialize(verb, target, headers, body, part: false)
        @verb = verb
        @target = target
        @path, @query = target.split("?", 2)
        @headers = headers
        @body = body
        @part = part
      end

      def part?
        @part
      end

      # @return [Array<String>] decoded
      def segments
        @segments ||= @path.delete_prefix("/").split("/", -1).map { |text| URI::DEFAULT_PARSER.unescape(text) }
      end

      # @return [Hash{String => String}] decoded options of the query
      # @raise [Problem] when one comes twice
      def options
        @options ||= URI.decode_www_form(@query.to_s).each_with_object({}) do |(name, value), options|
          raise Problem.uri("Query option '#{name}' was specified more than once") if options.key?(name)

          options[name] = value
        end
      end

      # @return [Array<String>] the preferences of the header Prefer (RFC 7240)
      def preferences
        @preferences ||= @headers.fetch("prefer", "").split(/\s*[,;]\s*/)
      end

      # @return [Integer, nil]
      def page_size
        preferences.filter_map { |text| text[/\Aodata\.maxpagesize=(\d+)\z/, 1] }.first&.to_i
      end

      # @return [Hash] of the JSON body
      # @raise [Problem]
      def json
        unless @headers["content-type"].to_s.match?(%r{\Aapplication/json\b}i)
          raise Problem.new(415, "RequestBroker--ParseUri", "Content-Type '#{@headers['content-type']}' is no JSON")
        end

        object = JSON.parse(@body.dup.force_encoding(Encoding::UTF_8))
        object.is_a?(Hash) ? object : raise(Problem.bad("the body is no object"))
      rescue JSON::ParserError
        raise Problem.bad("Unable to read JSON request payload.")
      end

      # For violations and failure messages.
      def to_s
        "#{'part ' if part?}#{@verb} #{@target}"
      end
    end
  end
end
