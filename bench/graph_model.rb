# frozen_string_literal: true

require "json"
require "net/http"
require "uri"

module Bench
  # What gitlab-mail_room does with a folder on Microsoft Graph, told from its public source, as requests: one after
  # the other over one connection. A token, the list of unread messages in pages of ten to its end, the bodies of all,
  # and then for each message its mark and its removal. It looks once and ends.
  #
  #     ruby bench/graph_model.rb URL EMAIL TENANT_ID CLIENT_ID CLIENT_SECRET
  class GraphModel
    def initialize(url, email, tenant, client, secret)
      @url = URI(url)
      @mailbox = "/v1.0/users/#{email}"
      @tenant = tenant
      @client = client
      @secret = secret
    end

    # @return [void]
    def run
      Net::HTTP.start(@url.host, @url.port) do |http|
        @http = http
        @token = token
        unread.map { |id| [id, ask(Net::HTTP::Get, "#{@mailbox}/messages/#{id}/$value")] }
              .each { |id, _body| settle(id) }
      end
    end

    private

    def token
      form = { grant_type: "client_credentials", client_id: @client, client_secret: @secret,
               scope: "#{@url}/.default" }
      request = Net::HTTP::Post.new("/#{@tenant}/oauth2/v2.0/token").tap { |post| post.set_form_data(form) }
      JSON.parse(answer(request)).fetch("access_token")
    end

    def unread
      ids = []
      path = "#{@mailbox}/mailFolders/inbox/messages?$filter=isRead%20eq%20false"
      while path
        page = JSON.parse(ask(Net::HTTP::Get, path))
        ids.concat(page.fetch("value").map { |message| message.fetch("id") })
        path = page["@odata.nextLink"]&.then { |link| URI(link).request_uri }
      end
      ids
    end

    def settle(id)
      ask(Net::HTTP::Patch, "#{@mailbox}/messages/#{id}") do |request|
        request["Content-Type"] = "application/json"
        request.body = '{"isRead":true}'
      end
      ask(Net::HTTP::Delete, "#{@mailbox}/messages/#{id}")
    end

    def ask(verb, path)
      request = verb.new(path, "Authorization" => "Bearer #{@token}")
      yield request if block_given?
      answer(request)
    end

    def answer(request)
      response = @http.request(request)
      return response.body if response.is_a?(Net::HTTPSuccess)

      raise "#{request.method} #{request.path}: #{response.code} #{response.body}"
    end
  end
end

Bench::GraphModel.new(*ARGV).run if $PROGRAM_NAME == __FILE__
