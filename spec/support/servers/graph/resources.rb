# frozen_string_literal: true

require_relative "answer"
require_relative "delta"
require_relative "problem"
require_relative "query"

module Servers
  class Graph
    # What a mailbox answers, by the kind of request. Everything here runs under the mailbox's lock.
    class Resources
      LIST = %w[$filter $orderby $select $top $skip $expand].freeze
      FOLDERS = %w[$filter $select $top $skip includeHiddenFolders].freeze
      ONE = %w[$select $expand].freeze

      # @param settings [Settings]
      # @param origin [String] of URLs in answers
      def initialize(request, mailbox, settings, origin)
        @request = request
        @mailbox = mailbox
        @settings = settings
        @origin = origin
        @target = Routes.target(request)
      end

      # @return [Answer]
      # @raise [Problem]
      def answer
        @mailbox.synchronize { send(@request.kind) }
      end

      private

      def folders
        query = Query.new(@request.options, FOLDERS, Folder)
        page(query, (@target ? target_folder : @mailbox.root).children)
      end

      def folder
        Answer.json(Query.new(@request.options, %w[$select], Folder).show(target_folder))
      end

      def create_folder
        parent = @target ? target_folder : @mailbox.root
        body = fields("displayName", "isHidden")
        name = body["displayName"] || raise(Problem.bad("displayName is missing"))
        if parent.child(name)
          raise Problem.new(409, "ErrorFolderExists", "A folder with the specified name already exists.")
        end

        Answer.json(@mailbox.add_folder(name, parent).to_h, status: 201)
      end

      def list
        query = Query.new(@request.options, LIST, Message)
        items = @target ? target_folder.messages : @mailbox.root.children.flat_map(&:messages)
        page(query, items)
      end

      def page(query, items)
        values, skip = query.page(items, limit: @settings.page_limit)
        answer = { "@odata.context" => "#{@origin}/v1.0/$metadata#users", "value" => values }
        answer["@odata.nextLink"] = link(@request.options.merge("$skip" => skip)) if skip
        Answer.json(answer)
      end

      def delta
        folder = target_folder
        raise Problem.new(400, "ErrorInvalidRequest", "no delta here", violation: false) if folder.without_delta

        options = @request.options
        values, name, token = @settings.delta.page(@mailbox, folder, options, limit: @settings.page_limit,
                                                                              size: @request.page_size)
        key = name == "$deltatoken" ? "@odata.deltaLink" : "@odata.nextLink"
        Answer.json({ "@odata.context" => "#{@origin}/v1.0/$metadata#Collection(message)",
                      key => link(name => token), "value" => values })
      end

      def message
        Answer.json(Query.new(@request.options, ONE, Message).show(target_message))
      end

      # https://learn.microsoft.com/en-us/graph/outlook-get-mime-message
      def value
        message = target_message
        if message.unreadable
          raise Problem.new(500, "ErrorMimeContentConversionFailed", "MIME content conversion failed.")
        end

        without_options(Answer.new(200, { "Content-Type" => "text/plain" }, message.raw))
          .tap { |answer| answer.manner = :chunked if @settings.chunked }
      end

      # https://learn.microsoft.com/en-us/graph/api/message-update
      def patch
        body = fields("isRead", "flag", "singleValueExtendedProperties")
        message = target_message
        flag = body.key?("flag") ? body["flag"]["flagStatus"] : message.flag
        changes = { read: body.fetch("isRead", message.read?), flag: flag,
                    properties: body.fetch("singleValueExtendedProperties", []).to_h { |one| property(one) } }
        raise Problem.bad("isRead is no boolean") unless [true, false].include?(changes[:read])
        raise Problem.bad("no such flagStatus") unless Message::FLAGS.include?(flag)

        @mailbox.change(message) { message.update(**changes) }
        without_options(Answer.json(message.to_h))
      end

      def delete
        message = target_message
        place, id = Routes.below(@request)
        raise Problem.not_found if place == "mailFolders" && message.folder != find_folder(id)

        @mailbox.discard(message)
        without_options(Answer.new(204))
      end

      # https://learn.microsoft.com/en-us/graph/api/message-permanentdelete
      def permanent_delete
        raise Problem.bad("no body is expected") unless @request.body.empty?

        @mailbox.remove(target_message)
        without_options(Answer.new(204))
      end

      # https://learn.microsoft.com/en-us/graph/api/message-move
      def move
        destination = fields("destinationId")["destinationId"]
        message = target_message
        @mailbox.move(message, find_folder(destination.to_s))
        without_options(Answer.json(message.to_h, status: 201))
      end

      def unknown
        raise Routes.unknown(@request)
      end

      def target_folder
        find_folder(@target)
      end

      def find_folder(name)
        @mailbox.find_folder(name) || raise(missing(name))
      end

      # An id nobody was given is a mistake of the client's: changed in case, cut, or decoded once too often.
      def target_message
        @mailbox.find(@target) || begin
          given = @mailbox.given?(@target)
          raise given ? Problem.not_found : missing(@target, violation: true)
        end
      end

      # A folder may be one that was deleted, or named wrongly by who configured it.
      def missing(id, violation: false)
        if Ids::FORM.match?(id)
          Problem.new(404, "ErrorItemNotFound", "The specified object was not found in the store.",
                      violation: violation)
        else
          Problem.new(400, "ErrorInvalidIdMalformed", "Id is malformed.", violation: violation)
        end
      end

      def fields(*known)
        body = @request.json
        unknown = body.keys - known
        return body if unknown.empty?

        raise Problem.bad("The property '#{unknown.first}' does not exist or is read-only.")
      end

      def property(one)
        id = Message.property_id(one["id"].to_s) if one.is_a?(Hash) && one.keys.sort == %w[id value]
        return [id, one["value"]] if id && one["value"].is_a?(String)

        raise Problem.new(400, "ErrorInvalidProperty", "an extended property has an id and a value")
      end

      def without_options(answer)
        Query.new(@request.options, [], Message)
        answer
      end

      # Percent-encoded, as Graph gives them.
      def link(options)
        url = "#{@origin}#{'/v1.0' if @request.part?}#{@request.path}?#{URI.encode_www_form(options)}"
        @settings.given(url)
        url
      end
    end
  end
end
