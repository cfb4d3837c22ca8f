# frozen_string_literal: true

require "securerandom"
require_relative "query"

module Servers
  class Graph
    # What has changed in a folder since the last time, in rounds of pages.
    # https://learn.microsoft.com/en-us/graph/api/message-delta
    # https://learn.microsoft.com/en-us/graph/delta-query-messages
    class Delta
      OPTIONS = %w[$select $expand $top $skiptoken $deltatoken].freeze
      # What a token stands for: the folder, the ids still to be told of, the change to go on from, and the options.
      State = Struct.new(:folder, :rest, :position, :options, keyword_init: true)

      def initialize
        @lock = Mutex.new
        @states = {}
      end

      # All tokens become unknown, as after 30 days or a move of the mailbox.
      def forget
        @lock.synchronize { @states.clear }
      end

      # @param limit [Integer, nil] of the server
      # @return [Array(Array<Hash>, String, String)] changes, and name and value of the next token
      def page(mailbox, folder, options, size:, limit: nil)
        state = state(mailbox, folder, options)
        size = [size || Query::USUAL, limit].compact.min
        query = Query.new(state.options, OPTIONS, Message)
        ids = state.rest.first(size)
        changes = ids.map { |id| change(mailbox.find(id), folder, query, id) }
        [changes, *token(state, state.rest.drop(size))]
      end

      private

      def state(mailbox, folder, options)
        token = options["$deltatoken"] || options["$skiptoken"]
        return first(mailbox, folder, options) unless token

        state = @lock.synchronize { @states[token] }
        return lost unless state
        raise Problem.uri("the token belongs to another folder") if state.folder != folder
        raise Problem.uri("a token goes without other options") if options.size > 1
        return state unless options.key?("$deltatoken")

        State.new(folder: folder, rest: mailbox.changes(folder, state.position), position: mailbox.position,
                  options: state.options)
      end

      def first(mailbox, folder, options)
        State.new(folder: folder, rest: folder.messages.map(&:id), position: mailbox.position, options: options)
      end

      # https://learn.microsoft.com/en-us/graph/delta-query-overview#synchronization-reset
      def lost
        raise Problem.new(410, "SyncStateNotFound", "The sync state generation is not found; a full sync is required.")
      end

      def change(message, folder, query, id)
        return query.show(message) if message&.folder == folder

        { "id" => id, "@removed" => { "reason" => "deleted" } }
      end

      def token(state, rest)
        token = SecureRandom.urlsafe_base64(48)
        @lock.synchronize { @states[token] = state.dup.tap { |copy| copy.rest = rest } }
        [rest.empty? ? "$deltatoken" : "$skiptoken", token]
      end
    end
  end
end
