# frozen_string_literal: true

require "json"
require "time"
require_relative "answer"

module Servers
  class Graph
    # Something that goes wrong, ordered by a spec: for requests of a kind (see Routes), or for all.
    #
    # status::      the answer's, with `retry_after` (seconds, a Time, or a Proc that gives one when it happens),
    #               `code`, `body` (a Hash or a String), `headers`
    # delay::       seconds before the answer, which is then as always
    # hang_up::     the connection is closed before anything is done
    # lost::        the same, when everything was done
    # done::        a Proc that is called with the request when everything was done and nothing answered
    # cut::         the connection is closed in the middle of the body
    # drip::        the body comes in ten pieces, with so many seconds before each
    # endless::     the body never ends
    # malformed::   the body is the first half of the JSON it should be
    # json::        a body in place of the usual one, with status 200
    # next_link::   where the list is said to go on
    # empty_page::  a page without messages, and a link to what was asked for
    # gone::        the message is removed for good before it is asked for
    #
    # Parts of a batch know status, delay, json and gone.
    class Fault
      # @param kind [Symbol, nil]
      # @param times [Integer, Float] how many requests
      # @param matching [Regexp] against verb and target
      # @param email [String, nil] of a mailbox
      # @param part [Boolean, nil] whether it is for parts of batches only, or for none of them
      # @yieldparam request [Request] what else is to happen first, at the right moment
      def initialize(kind, times: 1, matching: //, email: nil, part: nil, **what, &block)
        @kind = kind
        @times = times
        @matching = matching
        @email = email&.downcase
        @part = part
        @what = what
        @block = block
      end

      # @return [Boolean] whether it is to happen to this request; counts
      def take?(request)
        return false unless @times.positive? && meant?(request)

        @times -= 1
        true
      end

      # @return [Boolean] whether there are requests left that it waits for
      def waiting?
        @times.positive? && @times.finite?
      end

      # Before the request is worked on.
      # @return [Answer, nil] in place of the real one
      def before(request, mailbox)
        @block&.call(request)
        sleep(@what[:delay]) if @what[:delay]
        mailbox&.find(Routes.target(request))&.remove if @what[:gone]
        return broken(Answer.new(200), :hang_up) if @what[:hang_up]

        failure if @what[:status]
      end

      # @param answer [Answer] the real one
      # @return [Answer] what becomes of it
      def after(answer, request, origin)
        @what[:done]&.call(request)
        answer = replaced(answer, request, origin)
        manner = { lost: :hang_up, cut: :cut, drip: :dripping, endless: :endless }.find { |name, _| @what[name] }&.last
        manner ? broken(answer, manner) : answer
      end

      # @return [Numeric, nil] seconds for which the client is told to wait
      def pause(answer)
        text = answer.headers["Retry-After"] || return
        text.match?(/\A[\d.]+\z/) ? text.to_f : Time.httpdate(text) - Time.now
      end

      private

      def meant?(request)
        return false if @part == !request.part? || (@email && @email != request.email)

        (@kind.nil? || @kind == request.kind) && @matching.match?(request.to_s)
      end

      def failure
        status, after, body = @what.values_at(:status, :retry_after, :body)
        after = after.call if after.respond_to?(:call)
        headers = { "Retry-After" => after.is_a?(Time) ? after.httpdate : after&.to_s,
                    **@what.fetch(:headers, {}) }.compact
        return Answer.json(body, status: status, headers: headers) if body.is_a?(Hash)
        return Answer.new(status, { "Content-Type" => "text/html", **headers }, body) if body

        code = @what.fetch(:code) { CODES.fetch(status, "UnknownError") }
        Problem.new(status, code, "ordered", headers: headers).answer
      end

      # https://learn.microsoft.com/en-us/graph/errors#code-property
      CODES = { 401 => "InvalidAuthenticationToken", 403 => "ErrorAccessDenied", 404 => "ErrorItemNotFound",
                410 => "SyncStateNotFound", 429 => "ApplicationThrottled", 500 => "ErrorInternalServerError",
                502 => "BadGateway", 503 => "ServiceUnavailable", 504 => "GatewayTimeout",
                509 => "ErrorExceededBandwidth" }.freeze
      private_constant :CODES

      def replaced(answer, request, origin)
        return Answer.json(@what[:json]) if @what.key?(:json)

        link = @what[:next_link]
        answer.body = answer.body.byteslice(0, answer.body.bytesize / 2) if @what[:malformed]
        answer.body = JSON.generate(answer.object.merge("@odata.nextLink" => link)) if link
        return answer unless @what[:empty_page]

        Answer.json({ "value" => [], "@odata.nextLink" => origin + request.target })
      end

      def broken(answer, manner)
        answer.manner = manner
        answer.pause = @what[:drip]
        answer
      end
    end
  end
end
