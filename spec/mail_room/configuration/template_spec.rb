# frozen_string_literal: true

require "tmpdir"

RSpec.describe MailRoom::Configuration::Template do
  def load(text, **options)
    Dir.mktmpdir do |folder|
      path = File.join(folder, "file.yml")
      File.write(path, text)
      described_class.new(path, **options).load
    end
  end

  it "is whatever the YAML says" do
    expect([load("- <%= 1 + 1 %>\n"), load("")]).to eq([[2], nil])
  end

  it "can be read without ERB" do
    expect(load("key: <%= exit %>\n", erb: false)).to eq("key" => "<%= exit %>")
  end

  it "speaks of a rendered text only where it was rendered" do
    expect { load("a: 'b\n") }.to raise_error(MailRoom::ConfigurationError, /column \d+ of the rendered text\z/)
    expect { load("a: 'b\n", erb: false) }.to raise_error(MailRoom::ConfigurationError, /column \d+\z/)
  end
end
