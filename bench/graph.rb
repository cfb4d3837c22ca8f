# frozen_string_literal: true

# A folder full of mail on Microsoft Graph: how many requests each message costs, and how long all of them take, beside
# a model of gitlab-mail_room (see graph_model.rb): a release of it that knows Graph cannot be had here. Messages are
# taken, marked as read and deleted; nothing is done with them. The server is the one of the specs.
#
#     rake bench:graph               builds a release first; ARGS="--json" hands options on
#     ruby -Ilib bench/graph.rb      takes the build that is there
#
# Options: --json, --mails N, --repeats N, --latency MS. Reported are medians over the repeats.

require "json"
require "optparse"
require "rbconfig"
require_relative "../spec/support/mail_room_process"
require_relative "../spec/support/mails"
require_relative "../spec/support/servers"
require_relative "../spec/support/wait"

module Bench
  # Empties the same folder in both ways.
  class Graph
    EMAIL = "support@example.com"
    KINDS = { "small" => Mails.method(:small), "mixed" => Mails.method(:mixed) }.freeze
    MODEL = File.join(__dir__, "graph_model.rb")

    # Seconds in which a folder has to be empty.
    LIMIT = 600

    def initialize(arguments)
      @options = { mails: 200, repeats: 3, latency: 50 }
      OptionParser.new do |parser|
        parser.on("--json") { @options[:json] = true }
        parser.on("--mails N", Integer) { |number| @options[:mails] = number }
        parser.on("--repeats N", Integer) { |number| @options[:repeats] = number }
        parser.on("--latency MS", Integer) { |number| @options[:latency] = number }
      end.parse!(arguments)
    end

    # @return [void]
    def run
      rows = KINDS.keys.flat_map { |kind| [0, @options[:latency]].uniq.map { |latency| row(kind, latency) } }
      puts(@options[:json] ? JSON.generate(**@options.slice(:mails, :repeats), rows: rows) : table(rows))
    end

    private

    def row(kind, latency)
      ours, model = %i[ours model].map { |way| middle(Array.new(@options[:repeats]) { measure(way, kind, latency) }) }
      { mails: kind, latency_ms: latency, ours: ours, model: model,
        fewer_requests: (model[:requests] / ours[:requests]).round(1), faster: (ours[:rate] / model[:rate]).round(1) }
    end

    # Each time with a server and messages of its own.
    def measure(way, kind, latency)
      graph = Servers::Graph.new.start
      graph.settings.latency = latency / 1000.0
      mailbox = graph.user(EMAIL)
      Array.new(@options[:mails]) { |number| mailbox.deliver(KINDS.fetch(kind).call(number)) }
      seconds = send(way, graph) { |wait| time(graph, mailbox, wait) }
      refuse_violations(graph) if way == :ours
      figures(graph, seconds)
    ensure
      graph&.remove
    end

    # From the first request until nothing is left.
    def time(graph, mailbox, wait)
      wait.call(LIMIT, what: "the first request") { graph.requests.any? }
      start = now
      wait.call(LIMIT, what: "an empty folder") { mailbox.messages.empty? }
      now - start
    end

    def ours(graph)
      mailbox = { email: EMAIL, name: "inbox", inbox_method: "microsoft_graph", inbox_options: graph.inbox_options,
                  delete_after_delivery: true, delivery_method: "noop" }
      process = MailRoomProcess.new({ mailboxes: [mailbox] }).start
      result = yield process.method(:wait_until)
      process.term
      process.wait_for_end
      result
    ensure
      process&.remove
    end

    def model(graph)
      access = graph.inbox_options.values_at(:tenant_id, :client_id, :client_secret)
      model = Process.detach(Process.spawn(RbConfig.ruby, MODEL, graph.url, EMAIL, *access))
      result = yield(lambda do |limit, what:, &done|
        Wait.until(limit, what: what) { refuse_failure(model) || done.call }
      end)
      model.join(LIMIT)
      result
    ensure
      Process.kill("KILL", model.pid) if model&.alive?
      model&.join
    end

    # @param model [Process::Waiter]
    def refuse_failure(model)
      abort "the model failed: #{model.value}" unless model.alive? || model.value.success?
    end

    # The figures would be those of a client that Graph does not serve.
    def refuse_violations(graph)
      abort "Graph would not have it: #{graph.violations.uniq * ', '}" if graph.violations.any?
    end

    # Microsoft counts the parts of a batch one by one.
    def figures(graph, seconds)
      parts = graph.requests.count { |request| request.kind != :batch }
      { requests: (graph.counts.values.sum / per_mail).round(2), counted: (parts / per_mail).round(2),
        rate: (per_mail / seconds).round(1) }
    end

    def per_mail = @options[:mails].to_f

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    def middle(runs) = runs.sort_by { |run| run[:rate] }[runs.size / 2]

    def table(rows)
      form = "%-7s %8s   %9s %9s %6s   %9s %9s   %9s %9s %6s"
      lines = rows.map do |row|
        ours, model = row.values_at(:ours, :model)
        format(form, row[:mails], "#{row[:latency_ms]} ms", ours[:requests], model[:requests], row[:fewer_requests],
               ours[:counted], model[:counted], ours[:rate], model[:rate], row[:faster])
      end
      [format(form, "mails", "latency", "req ours", "model", "ratio", "cnt ours", "model", "msg/s", "model", "ratio"),
       *lines, "Requests per message, what Microsoft counts of them (each part of a batch), and messages per second;",
       "#{@options[:mails]} messages, medians of #{@options[:repeats]} runs. The server, in Ruby, takes a share of it."]
    end
  end
end

Bench::Graph.new(ARGV).run if $PROGRAM_NAME == __FILE__
