# frozen_string_literal: true

require "json"
require_relative "problem"
require_relative "request"

module Servers
  class Graph
    # Many requests in one.
    # https://learn.microsoft.com/en-us/graph/json-batching
    class Batch
      MOST = 20
      FIELDS = %w[id method url headers body dependsOn].freeze
      # The path of the url is relative to that of the batch.
      CHECKS = { "id" => /./, "method" => /\A(?:GET|POST|PATCH|PUT|DELETE)\z/, "url" => %r{\A/(?!v1\.0/|/)} }.freeze

      # @return [Array<Request>] in the order they came in
      attr_reader :parts

      # @raise [Problem] when the batch as a whole is wrong
      def initialize(request)
        @requests = request.json["requests"]
        raise Problem.bad("requests is no list, or empty") unless @requests.is_a?(Array) && @requests.any?

        if @requests.size > MOST
          raise Problem.new(400, "MaximumValueExceeded",
                            "Number of batch request steps exceeds the maximum of #{MOST}.")
        end

        @requests.each { |one| check(one) }
        check_ids
        @parts = @requests.map { |one| part(one) }
      end

      # @yieldparam part [Request]
      # @yieldreturn [Answer]
      # @return [Answer] with the parts in another order than they came in, which Graph allows itself
      def answer
        answers = {}
        @requests.zip(@parts) do |one, part|
          failed = Array(one["dependsOn"]).any? { |id| answers[id].status >= 400 }
          answers[one["id"]] = failed ? dependency_failed : yield(part)
        end
        Answer.json({ "responses" => answers.map { |id, answer| shown(id, answer) }.reverse })
      end

      private

      def check(one)
        raise Problem.bad("a request of the batch is no object") unless one.is_a?(Hash)

        unknown = one.keys - FIELDS
        raise Problem.bad("#{unknown.first} is no property of a request") unless unknown.empty?

        CHECKS.each do |name, pattern|
          raise Problem.bad("#{name} of a request is #{one[name].inspect}") unless pattern.match?(one[name].to_s)
        end
        check_body(one)
      end

      def check_body(one)
        type = one.fetch("headers", {}).transform_keys(&:downcase)["content-type"]
        raise Problem.bad("a body without Content-Type in id #{one['id']}") if one.key?("body") && !type
      end

      # "dependsOn" names requests that come before.
      def check_ids
        @requests.each_with_object([]) do |one, before|
          raise Problem.bad("the id #{one['id']} is there twice") if before.include?(one["id"])

          unknown = Array(one["dependsOn"]) - before
          raise Problem.bad("no request #{unknown.first} comes before") unless unknown.empty?

          before << one["id"]
        end
      end

      def part(one)
        body = one.key?("body") ? JSON.generate(one["body"]) : ""
        Request.new(one["method"], one["url"], one.fetch("headers", {}).transform_keys(&:downcase), body, part: true)
      end

      def dependency_failed
        Problem.new(424, "FailedDependency", "a request that this one depends on has failed").answer
      end

      # What is no JSON comes as Base64.
      def shown(id, answer)
        shown = { "id" => id, "status" => answer.status, "headers" => answer.headers }
        return shown if answer.status == 204

        shown.merge("body" => answer.object || [answer.body].pack("m0"))
      end
    end
  end
end
