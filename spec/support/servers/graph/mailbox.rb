# frozen_string_literal: true

require "monitor"
require_relative "folder"
require_relative "gate"
require_relative "ids"
require_relative "message"

module Servers
  class Graph
    # What belongs to a user: folders, messages, and a list of what has changed.
    class Mailbox
      include MonitorMixin

      attr_reader :email, :root, :gate
      # Whether the application may not see it: 403 ErrorAccessDenied.
      attr_accessor :forbidden

      # @param names [Hash{String => String}] what well-known folders are called, in another language for example
      def initialize(email, names: {})
        super()
        @email = email
        @ids = Ids.new
        @gate = Gate.new(email)
        @messages = {}
        @changes = []
        @sequence = 0
        @root = Folder.new(@ids.folder, "Top of Information Store", well_known: Folder::ROOT)
        @folders = { @root.id => @root }
        Folder::WELL_KNOWN.merge(names).each { |key, name| add_folder(name, @root, well_known: key) }
      end

      # @param folder [String, Folder] see {#folder}
      # @return [Message]
      def deliver(raw, folder: "inbox", received: Time.now, read: false)
        synchronize do
          message = Message.new(self, @ids.message, raw, received: received, sequence: @sequence += 1, read: read)
          @messages[message.id] = message
          folder(folder).add(message)
          note(message)
          message
        end
      end

      # @return [Array<Message>] in the order in which they came there
      def messages(folder = "inbox")
        synchronize { folder(folder).messages }
      end

      # @return [Array<Message>]
      def unread(folder = "inbox")
        messages(folder).reject(&:read?)
      end

      # @param name [String, Folder] well-known name, id, or display names from the top with slashes in between
      # @raise [KeyError]
      def folder(name)
        return name if name.is_a?(Folder)

        synchronize do
          find_folder(name) || name.split("/").reduce(@root) { |folder, part| folder&.child(part) } ||
            raise(KeyError, "no folder #{name}")
        end
      end

      # @param path [String] display names with slashes in between; those that are missing are made
      # @return [Folder] the last one
      def create_folder(path)
        synchronize do
          path.split("/").reduce(@root) { |parent, name| parent.child(name) || add_folder(name, parent) }
        end
      end

      # @return [Folder]
      def add_folder(name, parent, well_known: nil)
        synchronize do
          Folder.new(@ids.folder, name, parent: parent, well_known: well_known).tap { |one| @folders[one.id] = one }
        end
      end

      # @return [Folder, nil] by well-known name or id
      def find_folder(name)
        synchronize do
          @folders[name] || @folders.each_value.find { |one| one.well_known&.casecmp?(name) }
        end
      end

      # @return [Message, nil]
      def find(id)
        synchronize { @messages[id] }
      end

      # @return [Boolean] whether an id was ever given to a message here
      def given?(id)
        synchronize { @ids.given?(id) }
      end

      # Changes a message in the block.
      def change(message)
        synchronize do
          yield message
          note(message)
        end
      end

      def move(message, folder)
        synchronize do
          note(message) # it is missing where it was
          message.folder.delete(message)
          folder(folder).add(message)
          note(message)
        end
      end

      # As DELETE does: moved to Deleted Items, and removed from there.
      # https://learn.microsoft.com/en-us/graph/api/message-delete
      def discard(message)
        synchronize do
          message.folder.well_known == "deleteditems" ? remove(message) : move(message, "deleteditems")
        end
      end

      def remove(message)
        synchronize do
          note(message)
          message.folder.delete(message)
          @messages.delete(message.id)
        end
      end

      # @return [Integer] number of the last change
      def position
        synchronize { @changes.size }
      end

      # @return [Array<String>] ids of the messages that changed in a folder, or left it, since then
      def changes(folder, since)
        synchronize { @changes.drop(since).filter_map { |place, id| id if place == folder }.uniq }
      end

      private

      def note(message)
        @changes << [message.folder, message.id]
      end
    end
  end
end
