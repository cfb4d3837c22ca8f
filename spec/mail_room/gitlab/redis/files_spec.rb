# frozen_string_literal: true

require "tmpdir"

RSpec.describe MailRoom::GitLab::Redis::Files do
  around { |example| Dir.mktmpdir { |folder| (@folder = folder) && example.run } }

  attr_reader :folder

  def write(**files)
    files.each { |name, text| File.write(File.join(folder, "#{name.to_s.tr('_', '.')}.yml"), text) }
  end

  def url
    described_class.new(folder, "production").read.options[:redis_url]
  end

  it "are read in GitLab's order" do
    write(resque: "production: redis://c")
    expect(url).to eq("redis://c")

    write(redis_queues: "production: { url: redis://b }")
    expect(url).to eq("redis://b")

    write(redis: "production: { queues: { url: redis://a } }")
    expect(url).to eq("redis://a")
  end

  it "are passed over where they say nothing of the queues or the environment" do
    write(redis: "production: { cache: redis://a }\ntest: { queues: redis://b }", redis_queues: "test: redis://c",
          resque: "production: redis://d")
    expect(url).to eq("redis://d")
  end

  it "are passed over where they are empty" do
    write(redis: "", redis_queues: "# production: redis://b\n", resque: "production: redis://d")
    expect(url).to eq("redis://d")
  end

  it "need not be there" do
    expect(url).to eq("redis://localhost:6381")
  end

  it "are evaluated as ERB" do
    write(resque: "production: redis://<%= 'evaluated' %>")
    expect(url).to eq("redis://evaluated")
  end

  it "are not read behind one that says where Redis is" do
    write(redis: "production: { queues: redis://a }", resque: "<%= raise 'read' %>")
    expect(url).to eq("redis://a")
  end

  it "are named by errors" do
    write(resque: "production: [")
    expect { url }.to raise_error(MailRoom::ConfigurationError, %r{\A#{folder}/resque\.yml: YAML: })

    write(redis: "production: { queues: { url: 5 } }")
    expect { url }.to raise_error(MailRoom::ConfigurationError,
                                  "#{folder}/redis.yml: production.queues.url must be text")
  end

  it "have parts of the URL in keys of their own, which are passed over, and that is told" do
    write(redis: "production: { queues: { host: redis.example, password: hunter2 } }")
    told = %w[host password].map do |key|
      "mail_room: #{folder}/redis.yml: production.queues.#{key} is passed over; write it into the url\n"
    end

    expect { expect(url).to eq("redis://localhost:6381") }.to output(told.join).to_stderr
  end

  it "have a command that is not run, which is told" do
    file = File.join(folder, "run")
    write(resque: "production: { url: redis://a, config_command: 'touch #{file}' }")

    expect { expect(url).to eq("redis://a") }.to output(/resque\.yml: production\.config_command is not run/).to_stderr
    expect(File.exist?(file)).to be(false)
  end
end
